"""Cumulo: serverless backends on AWS in Python."""
