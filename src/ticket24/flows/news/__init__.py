"""News on its way: letters are handed over, and told later what could not be told."""
