"""How an account is called, and with whose token."""
