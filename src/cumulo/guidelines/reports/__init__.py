"""Report formats, one file each with one function: ``render(report) -> str``."""

FORMATS = ("pretty", "json", "sarif", "junit", "github")

OF_REPOSITORY = frozenset({"sarif", "github"})
"""Formats whose readers look for files from the repository's top, not from the current folder."""
