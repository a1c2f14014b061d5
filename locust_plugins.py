"""The way into `locust --help`.

Locust prints its help before it imports a locustfile, so options declared there are missing from it. Before that it
imports a module of this name, if there is one, "to allow for registering custom arguments" (locust/main.py).
"""

from simulator.locust.last_word import last_word
from simulator.locust.options import register

last_word()
register()
