"""ERPGo's traffic: its personas, with the simulator's plugin."""

# Locust first: it patches the sockets, and libraries imported before it would keep unpatched ones.
import locust  # noqa: F401  isort:skip

import sys

from simulator.base.errors import BadInput
from simulator.erpgo.personas import personas
from simulator.erpgo.stack.extra import check_installed
from simulator.locust import install

try:
    check_installed()
except BadInput as error:
    print(f"error: {error}", file=sys.stderr)  # noqa: T201  else Locust would print a traceback, and leave with 1
    sys.exit(error.exit_code)

PERSONAS = personas()
# Locust takes the user classes that it finds among this file's own names.
globals().update(PERSONAS)

install()
