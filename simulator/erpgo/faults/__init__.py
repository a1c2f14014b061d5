"""Faults that only ERPGo can suffer: it does them to itself on request, or only it tells that they bite."""
