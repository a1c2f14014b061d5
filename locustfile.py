"""ERPGo's traffic: `locust -f locustfile.py`, and with `--gameday NAME` a game day inside it."""

# Locust first: it patches the sockets, and libraries imported before it would keep unpatched ones.
import locust  # noqa: F401  isort:skip

from simulator.erpgo.personas import personas
from simulator.locust import plugin

# Locust takes the user classes that it finds among this file's own names.
globals().update(personas())

plugin.install()
