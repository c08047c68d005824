"""What each command of `ticket24` does; `cli.py` only names them."""
