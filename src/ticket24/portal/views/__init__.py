"""One file for each page, and for what scripts ask."""
