"""What experiments can change in ERPGo's traffic, one file each; importing one of them makes all of them known."""

import sys

from simulator.load import switches

switches.add(sys.modules[__name__])
