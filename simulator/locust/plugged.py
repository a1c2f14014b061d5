"""A locustfile for Locust to be given beside somebody's own: it has no users, and brings the simulator's plugin in."""

# Locust first: it patches the sockets, and libraries imported before it would keep unpatched ones.
import locust  # noqa: F401  isort:skip

from simulator.locust import install

install()
