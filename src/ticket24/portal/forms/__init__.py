"""What customers fill in and send, with its files."""
