"""What is kept of customers: who they are, what they want, what they began."""
