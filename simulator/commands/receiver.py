"""`simulator receiver`: the webhook receiver by itself, near somebody else's Alertmanager."""

import ipaddress
import re
import secrets
import socket
import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from simulator.base.addresses import has_credentials, is_well_formed, shown_address
from simulator.base.errors import BadInput
from simulator.base.names import shown
from simulator.base.paths import state_home, write_private
from simulator.base.secret import FILE, as_reference, revealed
from simulator.receiver.app import Receiver
from simulator.receiver.door import Callers
from simulator.receiver.serving import serve
from simulator.receiver.snippet import snippet
from simulator.receiver.store import KEPT_BYTES, LEAST_KEPT_BYTES, Store

MEGABYTE = 1024 * 1024
_LISTEN = re.compile(
    r"\[?(?P<host>(?<=\[)[0-9A-Fa-f:.]+(?=\])|[A-Za-z0-9._-]+)\]?:(?P<port>\d{1,5})", re.ASCII
)
_LARGEST_PORT = 65_535
_TOKEN_ELSEWHERE = "/etc/alertmanager/simulator-token"  # noqa: S105  a path, and no token
"""A place for it on Alertmanager's machine, where it is in no file here."""


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(receiver)


def receiver(
    listen: Annotated[
        str,
        typer.Option(help="Where to listen; 0.0.0.0 is every address of this machine.", metavar="HOST:PORT"),
    ] = "127.0.0.1:9099",
    url: Annotated[
        list[str] | None,
        typer.Option(
            help="An address under which it is reached, if it is another (repeatable). The first is for Alertmanager.",
            metavar="URL",
        ),
    ] = None,
    token: Annotated[
        str,
        typer.Option(
            help="What callers must know, as env:NAME or file:PATH; else it makes one in the store's folder.",
            metavar="REFERENCE",
        ),
    ] = "",
    tls_cert: Annotated[
        Path | None, typer.Option(help="Its certificate, followed by those in between.", dir_okay=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="The certificate's key, if it is in another file.", dir_okay=False)
    ] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Listen beyond this machine without TLS: the token travels readable."),
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Where notifications are kept; else `receiver` in the state folder.", file_okay=False
        ),
    ] = None,
    keep: Annotated[
        int, typer.Option(help="How much is kept, in megabytes; the oldest goes first.", metavar="MB")
    ] = KEPT_BYTES // MEGABYTE,
) -> None:
    """Take the pages of somebody's Alertmanager, for game days to ask for. Stays until SIGTERM or Ctrl-C.

    Once it listens it prints what to add to Alertmanager's configuration.
    """
    secured = _secured(tls_cert, tls_key)
    urls = [_checked(one) for one in url or ()]
    listening = _listening(listen, in_the_open=plain or secured is not None)
    here = _address(listening, "http" if secured is None else "https")
    folder = (store or state_home() / "receiver").absolute()
    kept = _opened(folder, keep)
    reference = _reference(token, folder)
    urls = urls or [here]
    names = [urlsplit(one).hostname or "" for one in urls]
    taking = Receiver(kept, Callers(revealed(reference).strip(), names))
    print(f"listening on {here}; notifications are kept in {folder}")
    print("Add this to every receiver of Alertmanager whose pages are judged, with its name for RECEIVER:\n")
    print(snippet(urls[0], _known_in(reference), _authority(urls[0], tls_cert)), flush=True)
    serve(taking, listening, secured)


def _secured(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """What connections are secured with.

    Raises:
        BadInput: a file cannot be read, or is not what it should be.
    """
    if cert is None:
        if key is not None:
            raise BadInput("--tls-key is the key of a certificate; give that as well, with --tls-cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key, password=lambda: "")  # else OpenSSL would ask at the terminal
    except OSError as error:
        named = " and ".join(str(path) for path in (cert, key) if path is not None)
        raise BadInput(
            f"TLS cannot be had with {named}: {error.strerror or error}; both are PEM, the key without a pass phrase"
        ) from None
    return context


def _checked(url: str) -> str:
    if not url.startswith(("http://", "https://")) or not is_well_formed(url) or has_credentials(url):
        raise BadInput(f"--url: {shown_address(url)}: write https://HOST or http://HOST, without credentials")
    return url


def _listening(listen: str, *, in_the_open: bool) -> socket.socket:
    """A socket that listens.

    Raises:
        BadInput: nobody can listen there, or not without TLS.
    """
    found = _LISTEN.fullmatch(listen)
    if found is None or int(found["port"]) > _LARGEST_PORT:
        raise BadInput(f"--listen: {shown(listen)} is not HOST:PORT, as in 0.0.0.0:9099 or [::1]:9099")
    try:
        family, *_, address = socket.getaddrinfo(found["host"], int(found["port"]), type=socket.SOCK_STREAM)[
            0
        ]
        if not in_the_open and not ipaddress.ip_address(address[0]).is_loopback:
            raise BadInput(
                f"--listen {listen}: other machines are listened to with TLS only; give --tls-cert and --tls-key, or"
                " --plain where the network is trusted or a proxy has TLS"
            )
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(
            f"--listen {listen}: nobody can listen there: {why}; choose another port or host"
        ) from None


def _address(listening: socket.socket, scheme: str) -> str:
    """As others write it; of every address of this machine, by its name."""
    host, port = listening.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname()
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _opened(folder: Path, megabytes: int) -> Store:
    """The store in a folder.

    Raises:
        BadInput: it cannot be written, or would be too small for the largest notification.
    """
    if megabytes * MEGABYTE < LEAST_KEPT_BYTES:
        raise BadInput(
            f"--keep: {megabytes} MB are too few; at least {LEAST_KEPT_BYTES // MEGABYTE} are needed"
        )
    try:
        return Store(folder / "notifications.jsonl", megabytes * MEGABYTE)
    except OSError as error:
        raise BadInput(
            f"notifications cannot be kept in {folder}: {error.strerror}; choose a folder of your own with --store"
        ) from None


def _reference(token: str, folder: Path) -> str:
    """Where the token is: as given, or one of our own making, which stays the same over restarts.

    Raises:
        BadInput: it is no reference, or none can be made.
    """
    try:
        if token:
            return as_reference(token)
        own = folder / "token"
        if not own.exists():
            write_private(own, f"{secrets.token_urlsafe(32)}\n")
    except ValueError as error:
        raise BadInput(f"--token: {error}") from None
    except OSError as error:
        raise BadInput(f"no token can be made in {folder}: {error.strerror}; give one with --token") from None
    return f"{FILE}{own}"


def _known_in(reference: str) -> str:
    """The file that tells Alertmanager the token."""
    return reference.removeprefix(FILE) if reference.startswith(FILE) else _TOKEN_ELSEWHERE


def _authority(url: str, cert: Path | None) -> str:
    """Whom Alertmanager has to believe: it takes a server's own certificate for its authority too."""
    return str(cert.absolute()) if cert is not None and url.startswith("https:") else ""
