"""REST 3.0, as far as anybody asks for it."""
