"""The Lambda functions: thin, they only join what calls them to the package kefir."""
