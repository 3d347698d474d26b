"""The files that a team edits, and the environment: the only reader of any of them."""
