"""Tasks on the wire: read, made, changed, moved."""
