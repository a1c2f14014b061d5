"""Stands in for the engine: speaks the same lines, follows a script named by the game day.

`met` switches credential stuffing on, waits until the workload reports attempts, turns it off, ends with 0.
`ends-N` ends with N as soon as traffic runs; `counts-N` tells of N changes among the load generators; `waits` ends only when told to; `refuses` ends at once with 2; `dies` kills itself with a fault injected.
"""

import os
import signal
import sys

from pydantic import BaseModel

from simulator.protocol import (
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

NAME = "credential-stuffing"


def say(message: BaseModel) -> None:
    sys.stdout.write(message.model_dump_json() + "\n")
    sys.stdout.flush()


def hear() -> FromPlugin:
    line = sys.stdin.readline()
    if not line:
        sys.exit(4)
    return from_plugin.validate_json(line)


def finish(code: int, error: str = "") -> None:
    report, summary = ("", "") if error else ("reports/run/report.html", f"headline of {code}\n  its table\n")
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


def dies() -> None:
    say(FaultState(experiment="lock", fault="held", id="1", active=True))
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    script = sys.argv[sys.argv.index("--gameday") + 1]
    if script == "refuses":
        finish(2, "no game day of this name")
    say(Held())
    while not isinstance(message := hear(), Begin):
        if isinstance(message, Stop):
            finish(4)
    if script.startswith("counts-"):
        counts(int(script.removeprefix("counts-")))
    if script.startswith("ends-"):
        finish(int(script.removeprefix("ends-")))
    {"met": met, "waits": waits, "dies": dies}[script]()


if __name__ == "__main__":
    main()
