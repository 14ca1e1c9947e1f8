"""Side-by-side measurements against other tools: ``python -m benchmarks [subject ...]``."""
