"""The journal: facts, appended as they happen, one JSON line each. It never judges."""
