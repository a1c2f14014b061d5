"""How somebody's HTTP API is reached: its address with a path, credentials, certificates, headers, patience."""

import base64
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from simulator.base.errors import BadInput

TIMEOUT = 2.0
"""Seconds; a door that does not answer for longer counts as lost."""
CONNECT_TIMEOUT = 1.0
"""Seconds, where nothing else is said; never more than the timeout."""


@dataclass(frozen=True)
class Certificates:
    """Whom to believe, and who we are; there is no way not to look."""

    ca: Path | None = None
    """Of who signs the server's certificate; None: whom this machine believes."""
    cert: Path | None = None
    """Ours, where the server asks for one; its key may be in the same file."""
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What a connection is secured with.

        Raises:
            BadInput: a file cannot be read, or holds no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
            if self.cert is not None:
                context.load_cert_chain(str(self.cert), None if self.key is None else str(self.key))
        except (OSError, ssl.SSLError) as error:
            named = ", ".join(str(path) for path in (self.ca, self.cert, self.key) if path is not None)
            raise BadInput(f"certificates cannot be used ({named}): {error.strerror or error}") from None
        return context


@dataclass(frozen=True)
class Endpoint:
    """One API. Its credentials are in nothing that is shown."""

    url: str
    """With the path it is served below, if any; without credentials."""
    user: str = ""
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Sent with every request, such as a tenant's."""
    certificates: Certificates = Certificates()
    timeout: float = TIMEOUT
    """Seconds."""

    @property
    def patience(self) -> httpx.Timeout:
        """For one request."""
        return httpx.Timeout(self.timeout, connect=min(self.timeout, max(CONNECT_TIMEOUT, self.timeout / 2)))

    def client(self) -> httpx.AsyncClient:
        """A client that goes there and nowhere else: no proxy, no redirect.

        Raises:
            BadInput: the certificates cannot be used.
        """
        secured = self.url.startswith("https:")
        return httpx.AsyncClient(
            base_url=self.url,
            timeout=self.patience,
            trust_env=False,  # a proxy or .netrc of the environment's must never stand between us
            headers=self._given(),
            verify=self.certificates.context() if secured else True,
        )

    def _given(self) -> list[tuple[bytes, bytes]]:
        """As UTF-8: a token may have any characters, and httpx takes no others than ASCII by itself."""
        given = [(name.encode(), value.encode()) for name, value in self.headers]
        if self.bearer:
            given.append((b"Authorization", b"Bearer " + self.bearer.encode()))
        elif self.user or self.password:
            given.append((b"Authorization", b"Basic " + _basic(self.user, self.password)))
        return given


def _basic(user: str, password: str) -> bytes:
    """RFC 7617, in UTF-8."""
    return base64.b64encode(f"{user}:{password}".encode())
