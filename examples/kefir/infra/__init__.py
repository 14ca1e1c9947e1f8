"""What the system is made of: one module for each stack."""
