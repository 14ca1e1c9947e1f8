"""Rules about what things cost."""
