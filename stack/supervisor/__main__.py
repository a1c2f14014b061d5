"""`python -m stack.supervisor`: the supervisor with its keeper. Started by `stack.supervisor.client.up`."""

import sys

from stack.supervisor.keeper import keep

if __name__ == "__main__":
    sys.exit(keep([sys.executable, "-m", "stack.supervisor.main", *sys.argv[1:]]))
