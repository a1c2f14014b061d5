"""`simulator init`: a proposal for somebody else's system, from what its Prometheus tells."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from simulator.attached.proposal.entrance import Entrance
from simulator.attached.proposal.environment_file import MARK, environment_text, name_of, services_of
from simulator.attached.proposal.seen import Seen, look
from simulator.attached.proposal.skeletons import Skeletons, skeletons_of
from simulator.base.clock import SystemClock
from simulator.base.errors import BadInput, DoorError
from simulator.base.names import some
from simulator.base.secret import FILE, anchored
from simulator.base.values import complaint
from simulator.doors.http import DENIED, Refused


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(init)


def init(
    url: Annotated[str, typer.Argument(help="The address of Prometheus, with its path.")],
    basic: Annotated[
        str, typer.Option(help="Who asks: a user, and where the password is.", metavar="USER:REFERENCE")
    ] = "",
    bearer: Annotated[
        str, typer.Option(help="Where the token is: env:NAME or file:PATH.", metavar="REFERENCE")
    ] = "",
    ca: Annotated[Path | None, typer.Option(help="Whom to believe that it is it.", dir_okay=False)] = None,
    alertmanager: Annotated[
        str, typer.Option(help="Its address from here, if Prometheus knows it by another.", metavar="URL")
    ] = "",
    out: Annotated[Path, typer.Option(help="Where the files go.", file_okay=False)] = Path(),
) -> None:
    """Propose an environment file and experiments for a system that is there already. Asks only, and overwrites nothing.

    Secrets are references, in the file as here. Then fill in what is marked, and ask `simulator doctor`.
    """
    entrance = _entrance(url, basic, bearer, ca, alertmanager)
    name = name_of(entrance.url)
    seen = _seen(entrance)
    text, skeletons = environment_text(name, entrance, seen), skeletons_of(seen)
    files = {out / f"{name}.yaml": text}
    files |= {out / "experiments" / f"{one}.yaml": yaml for one, yaml in skeletons.texts.items()}
    _write(files)
    _tell(name, entrance, seen, skeletons, text.count(MARK))


def _seen(entrance: Entrance) -> Seen:
    """Raises BadInput also where Prometheus does not answer, or does not let us in."""
    try:
        return asyncio.run(look(entrance, SystemClock().now().date()))
    except DoorError as error:
        if not isinstance(error, Refused) or error.status not in DENIED:
            raise BadInput(
                f"{error}; nothing was written. Give the address at which this machine reaches it, with its path"
            ) from None
        reference = entrance.basic.password if entrance.basic else entrance.bearer
        why = (
            f"{reference} is not accepted"
            if reference
            else "it wants to know who asks; give --basic or --bearer"
        )
        raise BadInput(f"Prometheus: {error.status}: {why}") from None


def _entrance(url: str, basic: str, bearer: str, ca: Path | None, alertmanager: str) -> Entrance:
    """What was typed; paths stay what they are, wherever the file will be.

    Raises:
        BadInput: it cannot be meant; a secret that was typed as it is, is not repeated.
    """
    user, _, password = basic.partition(":")
    given = {
        "url": url,
        "basic": {"user": user, "password": _absolute(password)} if basic else None,
        "bearer": _absolute(bearer) or None,
        "ca": ca and ca.absolute(),
        "alertmanager": alertmanager or None,
    }
    try:
        return Entrance.model_validate(given)
    except ValidationError as error:
        where = error.errors(include_url=False, include_input=False)[0]["loc"]
        option = f"{'URL' if where[:1] == ('url',) else f'--{where[0]}'}: " if where else ""
        raise BadInput(f"{option}{complaint(error).removeprefix('Value error, ')}") from None


def _absolute(reference: str) -> str:
    return anchored(reference, Path.cwd()) if reference.startswith(FILE) else reference


def _write(files: Mapping[Path, str]) -> None:
    """All of them, or none.

    Raises:
        BadInput: one is there already, or cannot be written.
    """
    there = [str(path) for path in files if path.exists()]
    if there:
        raise BadInput(
            f"{some(there)}: there already, and nothing is overwritten; move it away, or give --out"
        )
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written: {error.strerror}; give --out") from None


def _tell(name: str, entrance: Entrance, seen: Seen, skeletons: Skeletons, left: int) -> None:
    version = ".".join(seen.version.split(".")[:2])
    intervals = sorted({job.interval for job in seen.jobs})
    print(
        f"Prometheus {version}: {len(seen.jobs)} jobs at {' or '.join(f'{one:g}' for one in intervals)} s, {len(seen.rules)} alerts,"
        f" severities {', '.join(seen.severities.words) or 'not found'}"
    )
    source = "as you say" if entrance.alertmanager else "from its API"
    silent = "" if seen.managers.are_asked_alike else " (does not answer there)"
    print(f"Alertmanager ({source}): {', '.join(seen.managers.urls)}{silent}")
    proposed = len(services_of(seen.jobs))
    print(f"wrote {name}.yaml: {proposed} services proposed, none under touch; {left} {MARK}")
    told = len(skeletons.texts)
    print(f"wrote experiments/: {told}, one skeleton an alert that a known fault can cause")
    if skeletons.without:
        print(f"none for {some(list(skeletons.without))}: the rule alone does not say what causes it")
