"""Applications of an account, and the authorization server that vouches for them."""
