"""Times in the settings: hours, days off, zones, and what is promised within them."""
