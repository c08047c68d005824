"""What others of our kind do with the same work."""
