"""`python -m alerts.cli` is `alerts`."""

from alerts.cli import main

main()
