"""The function host: worker processes that run AWS's own runtime client."""
