"""Failwatch: other organisations' social-media failures, turned into lessons that a team keeps."""

__version__ = "0.1.0"
