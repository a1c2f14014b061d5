"""Whether the peers of an Alertmanager have the same configuration loaded, also while they are of several versions.

Each tells its configuration with the defaults of its own version filled in, so the texts of two versions differ.
"""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.base.values import Value

_KIND = ("receivers", "0", "webhook_configs", "0")
"""How deep one way to tell a receiver stands."""


class LoadedByPeer(Value):
    """What one of them has loaded."""

    version: str
    """Empty where it does not say."""
    text: str
    """YAML, secrets left out."""


def difference(one: LoadedByPeer, other: LoadedByPeer) -> str:
    """Where the two configurations differ, as in `route.receiver`; empty where they do not.

    Of two versions only what both know is compared where versions fill in defaults.
    """
    if one.text == other.text:
        return ""
    try:
        trees = [YAML(typ="base", pure=True).load(peer.text) for peer in (one, other)]
    except YAMLError:
        return "what is no YAML"
    return _differing(trees[0], trees[1], (), lenient=one.version != other.version)


def _differing(one: Any, other: Any, path: tuple[str, ...], *, lenient: bool) -> str:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        both = one.keys() & other.keys()
        alone = [key for key in one.keys() ^ other.keys() if not (lenient and _is_filled_in((*path, key)))]
        pairs = [(key, one.get(key), other.get(key)) for key in sorted([*both, *alone])]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(at), mine, theirs) for at, (mine, theirs) in enumerate(zip(one, other, strict=True))]
    else:
        return "" if one == other else ".".join(path) or "all of it"
    found = (_differing(mine, theirs, (*path, key), lenient=lenient) for key, mine, theirs in pairs)
    return next((where for where in found if where), "")


def _is_filled_in(path: tuple[str, ...]) -> bool:
    """Not what receivers there are, nor of which kinds they are: only how each of those is told."""
    return path[0] == "global" or (path[0] == "receivers" and len(path) > len(_KIND))
