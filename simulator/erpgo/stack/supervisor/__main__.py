"""`python -m simulator.erpgo.stack.supervisor`: the supervisor with its keeper. Started by `simulator.erpgo.stack.supervisor.client.up`."""

import sys

from simulator.erpgo.stack.supervisor.keeper import keep

if __name__ == "__main__":
    sys.exit(keep([sys.executable, "-m", "simulator.erpgo.stack.supervisor.main", *sys.argv[1:]]))
