"""`python -m cvinspect`."""

from cvinspect.cli import main

main()
