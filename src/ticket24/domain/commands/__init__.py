"""What customers ask for, checked before it is stored."""
