"""Files of tickets: fetched, kept for a while, and pictures made small."""
