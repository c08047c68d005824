"""Pages where a person is staff of the account."""
