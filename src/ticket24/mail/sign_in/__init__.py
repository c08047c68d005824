"""Mails that let one person in: an invitation, and a link to sign in."""
