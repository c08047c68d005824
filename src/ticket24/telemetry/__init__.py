"""What a process says of itself: log lines, counters, descriptors."""
