"""Which processes run, what they count, and what waits for them."""
