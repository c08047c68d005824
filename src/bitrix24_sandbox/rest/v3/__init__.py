"""REST 3.0, as far as any client uses it."""
