"""`python -m simulator.receiver --port P --store FILE --token-file FILE`: the webhook receiver of a stack that we start.

It is on loopback unless told else, and minds the dead man's switch. By itself, for somebody else's Alertmanager, it is
`simulator receiver`.
"""

import argparse
from contextlib import closing
from pathlib import Path

import uvicorn

from simulator.receiver.app import Receiver
from simulator.receiver.doorkeeper import Callers, read_token
from simulator.receiver.store import Store


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="simulator.receiver")
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0 in a container, whose port is published on loopback"
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--token-file", type=Path, required=True, help="holds what others must know")
    chosen = parser.parse_args()
    try:
        token = read_token(chosen.token_file)
    except ValueError as error:
        parser.error(str(error))
    with closing(Store(chosen.store)) as store:
        uvicorn.run(
            Receiver(store, Callers(token), has_switch=True).app(),
            host=chosen.host,
            port=chosen.port,
            log_level="warning",
            timeout_graceful_shutdown=1,  # long polls would otherwise hold up the end
        )


if __name__ == "__main__":
    main()
