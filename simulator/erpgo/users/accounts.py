"""The accounts that the stack seeds, and who of the personas uses which."""

import os

PASSWORD = os.environ.get("SIMULATOR_SHOPPER_PASSWORD", "Shopper-Passw0rd!")
CLERK = "clerk-0001@erpgo.test"
"""The one account of staff."""
SEEDED = 300
FOR_FAILURES = 10
"""The last ones are left to the personas that fail, so that no shopper is ever locked out by them."""


def shopper(number: int) -> str:
    """The address of an account for normal traffic; numbers beyond the last start again."""
    return f"shopper-{number % (SEEDED - FOR_FAILURES) + 1:04d}@erpgo.test"


def clumsy(number: int) -> str:
    """The address of an account for people who mistype."""
    return f"shopper-{SEEDED - number % FOR_FAILURES:04d}@erpgo.test"
