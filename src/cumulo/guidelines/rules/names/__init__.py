"""Rules about names and tags."""
