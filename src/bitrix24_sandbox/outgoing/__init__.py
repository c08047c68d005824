"""Events on their way to those who subscribed, with all that befalls them."""
