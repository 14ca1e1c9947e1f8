"""Report formats, one file each with one function: ``render(report) -> str``."""

FORMATS = ("pretty", "json", "sarif", "junit", "github")
