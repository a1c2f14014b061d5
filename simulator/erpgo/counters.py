"""What the personas count."""

ORDERS = "orders"
"""That the API acknowledged; the ledger keeps books of them."""
