"""`python -m ticket24` is `ticket24`."""

from ticket24.cli import main

main()
