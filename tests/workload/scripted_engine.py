"""Stands in for the engine: speaks the same lines, follows a script named by the game day.

`met` switches credential stuffing on, waits until the workload reports attempts, turns it off, ends with 0.
`ends-N` ends with N as soon as traffic runs; `counts-N` tells of N changes among the load generators; `waits` ends only
when told to; `stalls` does too, and never holds the stack; `lingers` ends once its test has seen enough; `refuses` ends at
once with 2; `dies` kills itself with a fault injected, and the stack with it; `dies-of-two` has undone one of two alike by
then.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial

from pydantic import BaseModel

from simulator.base.protocol import (
    Begin,
    Canary,
    FaultState,
    Finished,
    FromPlugin,
    Generators,
    Held,
    Notified,
    Progress,
    Stop,
    Switched,
    SwitchOff,
    SwitchOn,
    Traffic,
    from_plugin,
)
from simulator.erpgo.stack.supervisor import client
from simulator.plan.request import RunRequest

NAME = "credential-stuffing"
REQUEST = RunRequest.read(sys.argv[1])


def say(message: BaseModel) -> None:
    sys.stdout.buffer.write(message.model_dump_json().encode() + b"\n")
    sys.stdout.flush()


def hear() -> FromPlugin:
    line = sys.stdin.readline()
    if not line:
        sys.exit(4)
    return from_plugin.validate_json(line)


def finish(code: int, error: str = "") -> None:
    report, summary = (
        ("", "") if error else ("reports/run/report.html", f"headline of {code}\n  its table: ≥ 3 s\n")
    )
    say(Finished(code=code, report=report, error=error, summary=summary))
    sys.exit(code)


def met() -> None:
    say(Canary(on=True))
    switch = SwitchOn(id=1, name=NAME, settings={"rate": 20, "addresses": 2}, lease=3)
    say(switch)
    attempts = 0.0
    answers = set()
    while attempts == 0.0 or 1 not in answers:
        match hear():
            case Traffic() as traffic:
                attempts = max(attempts, traffic.switches.get(NAME, 0.0))
                # On a busy machine the first attempt may come after the lease: it is renewed, as by the engine.
                switch = switch.model_copy(update={"id": switch.id + 1})
                say(switch)
            case Switched() as switched:
                answers.add(switched.id)
                say(
                    Progress(at=1, experiment="stuffing", text=f"{switched.workers} workers {switched.error}")
                )
            case Stop():
                finish(4)
            case _:
                pass
    say(FaultState(experiment="stuffing", fault="workload", id="1", active=True))
    say(Notified(experiment="stuffing", alert="CriticalAuthFailureRate", detect=3.2, notify=4.5))
    off = SwitchOff(id=switch.id + 1, name=NAME)
    say(off)
    while not (isinstance(message := hear(), Switched) and message.id == off.id):
        pass
    say(FaultState(experiment="stuffing", fault="workload", id="1", active=False))
    say(Progress(at=2, experiment="", text=f"{attempts:.1f} attempts/s seen", level="good"))
    finish(0)


def waits() -> None:
    say(FaultState(experiment="lock", fault="held", id="1", active=True))
    say(Progress(at=1, experiment="lock", text="begun"))
    while not isinstance(message := hear(), Stop):
        pass
    say(FaultState(experiment="lock", fault="held", id="1", active=False))
    say(Progress(at=3, experiment="lock", text=f"told to stop: {message.reason}"))
    finish(4)


def stalls() -> None:
    say(Progress(at=0, experiment="", text="waiting for the stack"))
    while not isinstance(hear(), Stop):
        pass
    finish(4)


def counts(changes: int) -> None:
    """Tells which load generators come and go, and ends with 3 after so many changes."""
    say(Progress(at=1, experiment="", text="counting"))
    while changes:
        match hear():
            case Generators() as seen:
                changes -= 1
                text = f"{seen.change} {seen.generator}, {seen.left} left, share {seen.share:.1f}"
                say(Progress(at=2, experiment="", text=text))
            case Stop():
                finish(4)
            case _:
                pass
    finish(3)


def lingers() -> None:
    say(Progress(at=1, experiment="", text="begun"))
    while not isinstance(hear(), Stop):
        pass
    say(Progress(at=2, experiment="", text="still undoing"))
    # A named pipe: until the test opens its end.
    (REQUEST.reports / "enough").read_bytes()
    finish(4)


def told_run_time() -> None:
    given = "none" if REQUEST.run_time is None else f"{REQUEST.run_time:g}"
    say(Progress(at=1, experiment="", text=f"run time: {given}"))
    finish(0)


def dies(*, of_two: bool = False) -> None:
    for number in ("1", "2") if of_two else ("1",):
        say(FaultState(experiment="lock", fault="held", id=number, active=True))
    if of_two:
        say(FaultState(experiment="lock", fault="held", id="2", active=False))
    client.down(client.embedded_folder())
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    script = REQUEST.gameday
    if script == "refuses":
        finish(2, "no game day of this name")
    if script == "stalls":
        stalls()
    say(Held(known_as="embedded"))
    while not isinstance(message := hear(), Begin):
        if isinstance(message, Stop):
            finish(4)
    if script.startswith("counts-"):
        counts(int(script.removeprefix("counts-")))
    if script.startswith("ends-"):
        finish(int(script.removeprefix("ends-")))
    scripts: dict[str, Callable[[], None]] = {
        "met": met,
        "waits": waits,
        "lingers": lingers,
        "tells-run-time": told_run_time,
        "dies": dies,
        "dies-of-two": partial(dies, of_two=True),
    }
    scripts[script]()


if __name__ == "__main__":
    main()
