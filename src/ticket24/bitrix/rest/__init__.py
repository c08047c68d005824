"""One REST call: the way there, and what comes back."""
