"""A company's own rules on the settings page."""
