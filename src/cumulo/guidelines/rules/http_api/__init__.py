"""Rules about HTTP and REST APIs."""
