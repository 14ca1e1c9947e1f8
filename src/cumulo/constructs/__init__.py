"""What can be declared: one module for each construct."""
