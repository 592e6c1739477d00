"""Where data comes from by itself: one module per kind, the guard in front of the network, and the credentials.

`kinds.fetch` is the door: newest content of a source in, a file in a folder out. Nothing here writes to the database;
apps.datasets.services.sources does.
"""
