"""The rules, one file each, in a folder per service: ``rules/<service>/<id>_<what>.py``."""
