"""The query language, the rules written in it, and what they say of a post."""
