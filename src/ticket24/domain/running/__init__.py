"""How the program itself is: which processes there are, and what waits for them."""
