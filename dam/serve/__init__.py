"""Running the archive on one machine: which programs, how they are started, watched and ended.

A face like the command line, kept apart so that the process that watches stays small and holds no
connection: what touches the database runs in ``dam.serve.prepare``, a process of its own.
"""
