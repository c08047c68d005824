"""Letters on their way: decided, gathered, delivered, or set aside for a person."""
