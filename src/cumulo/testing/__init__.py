"""The local cloud for tests, as a pytest plugin."""
