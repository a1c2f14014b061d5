"""`simulator receiver`: the webhook receiver by itself, near somebody else's Alertmanager."""

import ipaddress
import re
import secrets
import socket
import ssl
from contextlib import closing
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
from simulator.receiver.doorkeeper import Callers
from simulator.receiver.serving import serve
from simulator.receiver.snippet import RECEIVER, snippet
from simulator.receiver.store import KEPT_BYTES, LEAST_KEPT_BYTES, Store

MEGABYTE = 1024 * 1024
_LISTEN = re.compile(
    r"\[?(?P<host>(?<=\[)[0-9A-Fa-f:.]+(?=\])|[A-Za-z0-9._-]+)\]?:(?P<port>\d{1,5})", re.ASCII
)
_LARGEST_PORT = 65_535
_TOKEN_ELSEWHERE = "/etc/alertmanager/simulator-token"  # noqa: S105  a path, and no token
"""A place for it on Alertmanager's machine, where it is in no file here."""


ListenOption = Annotated[
    str, typer.Option(help="Where to listen; 0.0.0.0 is every address of this machine.", metavar="HOST:PORT")
]
UrlOption = Annotated[
    list[str] | None,
    typer.Option(
        help="An address under which it is reached, if it is another (repeatable). The first is for Alertmanager.",
        metavar="URL",
    ),
]
TokenOption = Annotated[
    str,
    typer.Option(
        help="What callers must know, as env:NAME or file:PATH; else it makes one, in the store's folder.",
        metavar="REFERENCE",
    ),
]
CertOption = Annotated[
    Path | None, typer.Option(help="Its certificate, followed by those in between.", dir_okay=False)
]
KeyOption = Annotated[
    Path | None, typer.Option(help="The certificate's key, if it is in another file.", dir_okay=False)
]
PlainOption = Annotated[
    bool, typer.Option("--plain", help="Listen to other machines without TLS: the token travels readable.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option(help="Where notifications are kept; else `receiver` in the state folder.", file_okay=False),
]
KeepOption = Annotated[
    int, typer.Option(help="How much is kept, in megabytes; the oldest goes first.", metavar="MB")
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(receiver)


def receiver(
    listen: ListenOption = "127.0.0.1:9099",
    url: UrlOption = None,
    token: TokenOption = "",
    tls_cert: CertOption = None,
    tls_key: KeyOption = None,
    plain: PlainOption = False,
    store: StoreOption = None,
    keep: KeepOption = KEPT_BYTES // MEGABYTE,
) -> None:
    """Take the pages of somebody's Alertmanager, for game days to ask for. Stays until SIGTERM or Ctrl-C.

    Once it listens it prints what to add to Alertmanager's configuration.
    """
    secured = _secured(tls_cert, tls_key)
    urls = [_checked(one) for one in url or ()]
    folder = (store or state_home() / "receiver").absolute()
    scheme = "http" if secured is None else "https"
    with (
        _listening(*_host_and_port(listen), in_the_open=plain or secured is not None) as listening,
        closing(_opened(folder, keep)) as kept,
    ):
        reference = _reference(token, folder)
        here = _address(listen, listening, scheme)
        urls = urls or [here]
        callers = Callers(_token(reference), [urlsplit(one).hostname or "" for one in urls])

        def announce() -> None:
            print(f"listening on {here}; notifications are kept in {folder}")
            print(
                f"Add this to every receiver of Alertmanager whose pages are judged, its name for {RECEIVER}:\n"
            )
            print(snippet(urls[0], _token_file(reference), _authority(urls[0], tls_cert)), flush=True)

        serve(Receiver(kept, callers), listening, secured, announce)


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
    is_one = url.startswith(("http://", "https://")) and is_well_formed(url) and not has_credentials(url)
    if not is_one or not urlsplit(url).hostname:
        raise BadInput(f"--url: {shown_address(url)}: write https://HOST or http://HOST, without credentials")
    return url


def _host_and_port(listen: str) -> tuple[str, int]:
    found = _LISTEN.fullmatch(listen)
    if found is None or int(found["port"]) > _LARGEST_PORT:
        raise BadInput(f"--listen: {shown(listen)} is not HOST:PORT, as in 0.0.0.0:9099 or [::1]:9099")
    return found["host"].strip("[]"), int(found["port"])


def _listening(host: str, port: int, *, in_the_open: bool) -> socket.socket:
    """A socket that listens.

    Raises:
        BadInput: nobody can listen there, or not without TLS.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if not in_the_open and not ipaddress.ip_address(address[0]).is_loopback:
            raise BadInput(
                f"--listen: on {host} other machines can ask, which needs TLS; give --tls-cert and --tls-key, or --plain"
                " where the network is trusted or a proxy before it has TLS"
            )
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(
            f"--listen: on {host}, port {port}, nobody can listen: {why}; choose another host or port"
        ) from None


def _address(listen: str, listening: socket.socket, scheme: str) -> str:
    """As others write it; of every address of this machine, with its name."""
    ours, port = listening.getsockname()[:2]
    everywhere = ipaddress.ip_address(ours).is_unspecified
    return f"{scheme}://{socket.gethostname() if everywhere else listen.rpartition(':')[0]}:{port}"


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


def _token(reference: str) -> str:
    """The token, as it travels: without space around it.

    Raises:
        BadInput: there is none.
    """
    token = revealed(reference).strip()
    if not token:
        raise BadInput(f"--token: {reference}: there is nothing but space")
    return token


def _token_file(reference: str) -> str:
    """The file from which Alertmanager can have the token."""
    if not reference.startswith(FILE):
        return _TOKEN_ELSEWHERE
    return str(Path(reference.removeprefix(FILE).strip()).expanduser().absolute())


def _authority(url: str, cert: Path | None) -> str:
    """Whom Alertmanager has to believe: it takes a server's own certificate for its authority too."""
    return str(cert.absolute()) if cert is not None and url.startswith("https:") else ""
