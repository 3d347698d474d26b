"""What is learnt from incidents, and the casebook of well-known failures."""
