"""The casebook itself: lessons.yaml, and the Atom feed made of it."""
