"""Which hosts may have traffic: by mistake none but this machine and those that an environment lists."""

import urllib.error
import urllib.request
from collections.abc import Collection
from http.client import HTTPException
from urllib.parse import urlsplit

from simulator.base.addresses import has_credentials, is_well_formed, shown_address
from simulator.base.errors import BadInput, Unsafe
from simulator.environments.settings import environment_settings

ANSWERS_WITHIN = 10.0
"""Seconds for the host that was given, on a busy machine."""


def check_allowed(host: str, environment: str, without: Collection[str]) -> None:
    """Refuse to send traffic, some of which looks like an attack, to another machine than this by mistake.

    Raises:
        BadInput: the environment is not known, or the host is no address, or has credentials in it.
        Unsafe: the host is neither this machine nor one that the environment lists.
    """
    if has_credentials(host):
        raise BadInput(
            "--host has an @ in it, and so a user name or a password, which Locust would show on its page and in its"
            " report; give it as in http://127.0.0.1:8080: users log in with accounts of the shop"
        )
    if not is_well_formed(host):
        raise BadInput("--host is no address; give it as in http://127.0.0.1:8080")
    name = urlsplit(host).hostname or ""
    if "loopback" not in without and not environment_settings(environment).allows(name):
        raise Unsafe(
            f"--host {shown_address(host)} is not this machine; list {name or 'it'} under hosts in the file of an environment of"
            " tier staging and give that with --environment. Net: loopback; to do without it: --without loopback"
        )


def check_reachable(host: str) -> None:
    """Refuse a host at which nobody listens; whatever it answers, it is the user's own choice.

    Raises:
        BadInput: the address is none, or nothing answers there.
    """
    try:
        _direct().open(f"{host}/health", timeout=ANSWERS_WITHIN).close()
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise BadInput(
            f"nothing answers at --host {shown_address(host)} ({reason}); start it, or leave --host out"
        ) from error


def _direct() -> urllib.request.OpenerDirector:
    """Asks past any proxy, as the traffic will go."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
