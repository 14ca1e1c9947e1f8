"""What a stage does, wherever it runs: its log lines, metrics and traces."""
