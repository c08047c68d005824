"""`python -m ticket24` is `ticket24`."""

from ticket24.cli.program import main

main()
