"""From the bytes of a mail that reached us to what was said; no I/O."""
