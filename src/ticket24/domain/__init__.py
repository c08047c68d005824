"""What ticket24 knows and decides: plain data and pure functions, no I/O."""
