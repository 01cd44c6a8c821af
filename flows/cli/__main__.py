"""`python -m flows.cli`: the same as `crm-sync`."""

from flows.cli.app import main

main()
