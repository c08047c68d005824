"""Sends events to their subscribers, with everything that can go wrong on the way."""
