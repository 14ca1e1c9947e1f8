"""Rules about the Python code of functions."""
