"""Tasks, their messages and files on the wire."""
