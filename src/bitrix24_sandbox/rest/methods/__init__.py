"""The methods of REST, by what they are about."""
