"""Code assets: from a handler's name to the zip that Lambda runs.

``build`` makes them, ``plan`` has the data that it takes and gives, ``handlers`` checks handlers while declaring.
Import from these modules: a command that builds nothing should load nothing of it.
"""
