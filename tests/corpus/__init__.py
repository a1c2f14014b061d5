"""Journals of old, of every kind, each with the verdict that was given on it when it was put here."""
