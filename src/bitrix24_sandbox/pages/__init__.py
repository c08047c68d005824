"""Pages on which a person plays the account's staff."""
