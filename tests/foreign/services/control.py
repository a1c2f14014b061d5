"""How operators start and stop a server: `control.py SOCKET up|down|is-down NAME`; exits 0 for yes, 1 for no, 2 when unsure."""

import socket
import sys
import threading
import time

WITHIN_S = 30.0


def ask(path: str, verb: str, name: str) -> str:
    """`up`, `down` or `unknown`: how the server is."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(path)
        caller.sendall(f"{verb} {name}".encode())
        return caller.recv(100).decode()


def bring(path: str, verb: str, name: str) -> str:
    """Ask for it once, then wait until it is so; returns how the server is in the end."""
    state = ask(path, verb, name)
    deadline = time.monotonic() + WITHIN_S
    while state not in (verb, "unknown") and time.monotonic() < deadline:
        threading.Event().wait(0.05)
        state = ask(path, "state", name)
    return state


def main() -> int:
    path, verb, name = sys.argv[1:]
    if verb == "is-down":
        return {"down": 0, "up": 1}.get(ask(path, "state", name), 2)
    return {verb: 0, "unknown": 2}.get(bring(path, verb, name), 1)


if __name__ == "__main__":
    sys.exit(main())
