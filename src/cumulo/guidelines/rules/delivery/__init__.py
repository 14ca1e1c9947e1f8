"""Rules about deliveries."""
