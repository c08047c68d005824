"""The tab on a contact's card."""
