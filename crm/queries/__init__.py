"""Queries read: they take a session (or return a Select) and never change a row."""
