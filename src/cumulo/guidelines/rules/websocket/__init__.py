"""Rules about WebSocket APIs."""
