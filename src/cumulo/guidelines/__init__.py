"""The written guidelines as rules: judging an assembly, templates of anybody and the functions' source."""
