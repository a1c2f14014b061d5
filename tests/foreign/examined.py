"""What `simulator doctor` says of the foreign stack, line by line."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ruamel.yaml import YAML

from simulator.preflight.routing import WEBHOOK
from tests.cli.commands import Left
from tests.foreign.foreign import Foreign
from tests.foreign.owners import Tree, environment
from tests.foreign.receiving import Receiving
from tests.foreign.user import User

PATIENCE = "15s"
"""The machine of a test may be busy."""


@contextmanager
def untold(foreign: Foreign) -> Iterator[None]:
    """No receiver of Alertmanager tells ours while the block runs."""
    file = foreign.files.alertmanager
    before = file.read_text(encoding="utf-8")
    tree = YAML(typ="safe").load(before)
    for one in tree["receivers"]:
        hooks = one.get("webhook_configs", [])
        one["webhook_configs"] = [hook for hook in hooks if WEBHOOK not in hook["url"]]
    with file.open("w", encoding="utf-8") as written:
        YAML().dump(tree, written)
    try:
        foreign.reload(foreign.alertmanager)
        yield
    finally:
        file.write_text(before, encoding="utf-8")
        foreign.reload(foreign.alertmanager)


def listening(foreign: Foreign) -> list[str]:
    """Alertmanager's receivers that somebody reads."""
    receivers = foreign.names.receivers
    return [receivers.oncall, receivers.chat, receivers.data]


def complete(foreign: Foreign, receiving: Receiving) -> Tree:
    """An environment file with nothing wrong in it: everybody who is paged is listed, and nobody has to be quick."""
    file = environment(foreign, receiving)
    file["pages"]["people"] = listening(foreign)
    for api in (file["prometheus"], *file["alertmanagers"], file["pages"]["receiver"]):
        api["timeout"] = PATIENCE
    for service in file["services"].values():
        for acts in (service.get("command"), service.get("http")):
            if acts is not None:
                acts["timeout"] = PATIENCE
    return file


def examined(user: User, file: Tree, **instead: str) -> Left:
    """What the doctor says of a file, to somebody who has other secrets instead of some; an empty one is none."""
    user.write("shop.yaml", file)
    return typed(user, "doctor", "shop.yaml", **instead)


def typed(user: User, *words: str, **instead: str) -> Left:
    """What a command says, without a traceback, and without a secret."""
    secrets = {**user.secrets, **instead}
    left = replace(user, secrets=secrets).simulator(*words)
    assert "Traceback" not in left.out + left.err, left
    assert not [name for name, secret in secrets.items() if secret and secret in left.out + left.err]
    return left


def lines(left: Left, what: str) -> list[str]:
    """What is said of one thing, with its state."""
    split = [line.split(maxsplit=2) for line in left.out.splitlines()[:-1] if not line.startswith(" ")]
    return [f"{state} {text}" for state, about, text in split if about == what]


def failures(left: Left) -> set[str]:
    """What fails."""
    return {line.split()[1] for line in left.out.splitlines() if line.startswith("FAIL")}
