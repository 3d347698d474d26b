"""Lessons as pages: one neutral document, one module a syntax, one module a wiki."""
