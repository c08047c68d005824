"""Accounts: connected, installed, looked after, set up, and gone."""
