"""One file per thing the program does; each reads as gather, decide, apply."""
