"""The emulator: the process that keeps the data of the local cloud.

``environment`` makes its private virtual environment, ``launcher`` is what runs in it, ``process`` starts and
speaks to it.
"""
