"""`python -m simulator.erpgo.api`: one worker, configured by environment variables only."""

import os
import socket
import sys

import uvicorn

from simulator.erpgo.api import logs
from simulator.erpgo.api.app import create_app
from simulator.erpgo.api.settings import BadSetting, ServerSettings, Settings, load

_BAD_INPUT = 2
# In-flight requests may finish within this many seconds of SIGTERM.
_GRACE_SECONDS = 5


def main() -> int:
    """Serve until SIGTERM; return 2 when a setting cannot be used."""
    try:
        settings = load(os.environ)
        listener = _listen(settings.server)
    except BadSetting as error:
        sys.stderr.write(f"erpgo-api cannot start: {error}\n")
        return _BAD_INPUT
    logs.configure(settings.server.log_level)
    with listener:
        _serve(settings, listener)
    return 0


def _listen(server: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        return socket.create_server((server.host, server.port), family=family, backlog=2048)
    except OSError as error:
        raise BadSetting(
            f"cannot listen on SERVER_HOST={server.host} SERVER_PORT={server.port}: {error.strerror or error}"
        ) from error


def _serve(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who the client is, is decided in one place: security/addresses.py.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
