"""Which incident a post belongs to, and in which order people meet incidents."""
