"""Carrying out edits, for ``cumulo check --fix``: the smallest change of the text, verified by reading it again."""
