"""ERPGo's traffic: `locust -f locustfile.py`, and with `--gameday NAME` a game day inside it."""

from simulator.erpgo import locustfile

# Locust takes the user classes that it finds among this file's own names.
globals().update(locustfile.PERSONAS)
