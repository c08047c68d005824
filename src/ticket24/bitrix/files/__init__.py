"""Files on the wire, in parts, both ways."""
