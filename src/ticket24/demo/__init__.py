"""Everything on one machine, to try ticket24 in a minute."""
