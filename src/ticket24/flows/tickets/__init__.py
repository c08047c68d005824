"""Tickets: what is due is looked at, and what is new is told."""
