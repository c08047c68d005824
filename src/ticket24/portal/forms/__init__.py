"""What customers fill in and send, files included."""
