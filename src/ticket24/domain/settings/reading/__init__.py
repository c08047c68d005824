"""How settings are read: one rulebook for the form, TOML and the mirror."""
