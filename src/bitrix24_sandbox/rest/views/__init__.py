"""How the methods show rows, and what callers may ask of them."""
