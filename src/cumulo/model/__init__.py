"""What a system is made of, before any template: app, stage, stack, construct, references, links, names, units.

Pure: nothing here reads a file, opens a connection or calls AWS.
"""
