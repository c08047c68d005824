"""The company's own fields in its settings: what they hold, and how they are read."""
