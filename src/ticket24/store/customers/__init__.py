"""What is kept of customers: who they are, how they sign in, what they began."""
