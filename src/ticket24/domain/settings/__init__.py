"""What a company decides, and the form in which it says so."""
