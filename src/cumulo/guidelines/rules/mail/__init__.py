"""Rules about sending e-mail."""
