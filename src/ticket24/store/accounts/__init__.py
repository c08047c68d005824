"""What is kept of accounts: how to reach them, what they decided, who works there."""
