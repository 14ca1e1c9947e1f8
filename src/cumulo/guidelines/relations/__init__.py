"""Questions about how resources belong together, one module for each subject."""
