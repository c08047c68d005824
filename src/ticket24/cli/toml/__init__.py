"""Settings as TOML, from files and to files, with the lines that faults name."""
