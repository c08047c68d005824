"""Lists and conversations as their pages show them."""
