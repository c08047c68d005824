"""The staff pages about tasks: the list, the card, and what is written there."""
