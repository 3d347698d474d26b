"""The command line: each command reads its arguments, calls one flow, prints, and exits.

Exit codes: 0 done, 1 something failed, 2 wrong use.
"""

from monitor.cli.main import main

__all__ = ["main"]
