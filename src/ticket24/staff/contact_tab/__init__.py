"""The tab on the card of a contact."""
