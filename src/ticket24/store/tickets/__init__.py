"""Tickets as we saw them last, what is due, and what is to be told of them."""
