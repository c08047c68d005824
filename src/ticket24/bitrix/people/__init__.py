"""Contacts, employees and their fields on the wire."""
