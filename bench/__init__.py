"""Performance against goals and peers; `README.md` says what and how."""
