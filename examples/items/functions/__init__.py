"""The Lambda functions: thin, they only join the API to the package items."""
