"""Items: what they are, how they are stored, what the API says."""
