"""Settings: chosen from real lists, checked against rights, saved and mirrored."""
