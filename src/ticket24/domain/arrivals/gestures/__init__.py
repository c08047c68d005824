"""Mails that are a gesture and say nothing more: thanks, and emojis."""
