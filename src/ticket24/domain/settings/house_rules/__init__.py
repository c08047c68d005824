"""A company's own rules in its settings: what they hold, and how they are read."""
