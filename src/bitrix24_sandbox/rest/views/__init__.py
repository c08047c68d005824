"""Rows as the methods show them, and what callers may ask of them."""
