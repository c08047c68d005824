"""The methods of REST, by topic."""
