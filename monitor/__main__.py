"""`python -m monitor` is `failwatch`."""

from monitor.cli.main import main

main()
