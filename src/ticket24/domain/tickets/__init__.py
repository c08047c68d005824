"""Tickets: what we saw of them, what changed, who hears of it, who sees what."""
