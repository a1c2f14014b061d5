"""ERPGo's traffic: `locust -f locustfile.py`, and with `--gameday NAME` a game day inside it."""

# Locust first: it patches the sockets, and libraries imported before it would keep unpatched ones.
import locust  # noqa: F401  isort:skip

from scenarios.users.credential_stuffing import CredentialStuffing
from scenarios.users.expired import ExpiredToken
from scenarios.users.locked import LockedAccount
from scenarios.users.returning import ReturningUser
from scenarios.users.shopper import Shopper
from scenarios.users.typo import TypoThenSuccess
from simulator.workload import plugin

__all__ = [
    "CredentialStuffing",
    "ExpiredToken",
    "LockedAccount",
    "ReturningUser",
    "Shopper",
    "TypoThenSuccess",
]

plugin.install()
