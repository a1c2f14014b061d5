"""Somebody else's staging, built from PyPI and Debian only. Nothing in it but the tests knows of the simulator."""
