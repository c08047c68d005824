"""What each command of `ticket24` does; `program` only names them."""
