"""Addresses in an environment file: refused where they are read, so that no door falls over one later."""

from typing import Annotated
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, StringConstraints


def _is_url(text: str) -> str:
    parts = urlsplit(_can_be_asked(text))
    if parts.username is not None or parts.password is not None:
        raise ValueError("no credentials in an address; name them under auth:")
    if parts.query or parts.fragment:
        raise ValueError("an address ends with its path; leave out what begins with ? or #")
    return text.rstrip("/")


def _can_be_asked(text: str) -> str:
    """By whoever asks: they do not agree on what they take. What they say may repeat a password."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address is http:// or https:// and a host, as in https://prom.shop/prometheus")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("the port of an address is a number from 1 to 65535")
    try:
        httpx.URL(text)
    except httpx.InvalidURL:
        raise ValueError("the address has characters, or a host, that no address has") from None
    return text


Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_is_url)]
"""With the path that an API is served below, if any; without credentials."""
PageUrl = Annotated[
    str, StringConstraints(pattern=r"^https?://\S+$", max_length=2000), AfterValidator(_can_be_asked)
]
"""Of one thing that is asked for, query and all."""
