"""`python -m akademe` is the `akademe` command."""

from akademe.cli import main

main()
