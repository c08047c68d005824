"""The methods of REST about contacts, companies, and their fields."""
