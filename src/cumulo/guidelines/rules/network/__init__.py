"""Rules about networks, and about databases in them."""
