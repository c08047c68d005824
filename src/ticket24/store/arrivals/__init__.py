"""Redis: mail that reached us, what became of it, and what waits for a person."""
