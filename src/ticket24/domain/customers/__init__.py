"""Customers: their addresses, how they sign in, how much they may ask for."""
