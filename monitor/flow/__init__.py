"""The verbs: each gathers without a database, then settles in one transaction."""
