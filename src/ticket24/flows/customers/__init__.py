"""Customers: found, invited, signed in, and forgotten."""
