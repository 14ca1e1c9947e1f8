"""The Python code of functions as source rules see it: modules, what handlers reach, where values come from."""
