"""One file for each page, and for each question of scripts."""
