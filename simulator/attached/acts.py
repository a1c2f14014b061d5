"""A fault of the user's own, from what the environment file says to what the doors carry out."""

from collections.abc import Mapping
from pathlib import Path

from simulator.attached.service import Commands, HookSettings, Request
from simulator.attached.settings import Credentials, Tls
from simulator.base.secret import anchored
from simulator.doors.hooks import Hook, Hooks
from simulator.doors.programs import Programs


def programs_of(commands: Commands, folder: Path, notes: Path) -> Programs:
    """Programs that run in the folder of the environment file; what runs is noted in another, which outlives the run."""
    lines = {"arm": commands.arm, "inject": commands.inject, "check": commands.check, "undo": commands.undo}
    return Programs.model_validate(
        {
            "lines": {name: line for name, line in lines.items() if line is not None},
            "secrets": {name: anchored(secret, folder) for name, secret in commands.environment.items()},
            "folder": folder.absolute(),
            "notes": notes.absolute(),
            "timeout": commands.timeout,
            "undo_within": commands.undo_within,
        }
    )


def hooks_of(hooks: HookSettings, auth: Mapping[str, Credentials], tls: Tls, folder: Path) -> Hooks:
    """Requests with the credentials that they name."""
    requests = {"arm": hooks.arm, "inject": hooks.inject, "check": hooks.check, "undo": hooks.undo}
    certificates = {"ca": tls.ca, "cert": tls.cert, "key": tls.key}
    return Hooks.model_validate(
        {
            "requests": {name: _hook(one, auth, folder) for name, one in requests.items() if one is not None},
            "bites_at": hooks.check.bites,
            "healthy_at": hooks.check.healthy,
            "timeout": hooks.timeout,
            "undo_within": hooks.undo_within,
            **{name: folder.absolute() / path for name, path in certificates.items() if path is not None},
        }
    )


def _hook(request: Request, auth: Mapping[str, Credentials], folder: Path) -> Hook:
    who = auth[request.auth] if request.auth is not None else None
    basic = who.basic if who is not None else None
    bearer = who.bearer if who is not None else None
    return Hook(
        method=request.method,
        url=request.url,
        user="" if basic is None else basic.user,
        password=None if basic is None else anchored(basic.password, folder),
        bearer=None if bearer is None else anchored(bearer, folder),
        body=request.body,
    )
