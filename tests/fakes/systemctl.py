"""Stands in for `systemctl` where there is no systemd: a program that keeps the state of its units in a folder.

`python systemctl.py FOLDER [--user] [--no-ask-password] VERB [OPTIONS] UNIT`. Each unit is a file UNIT.json there: what
`show` prints, and `freezes`, whether the manager has a freezer for it. Words and codes are those of systemd 252.
"""

import json
import sys
from pathlib import Path


def main(folder: Path, arguments: list[str]) -> int:
    verb, *options, unit = [one for one in arguments if one not in ("--user", "--no-ask-password")]
    with (folder / "asked").open("a") as asked:
        asked.write(f"{verb} {' '.join([*options, unit])}\n")
    file = folder / f"{unit}.json"
    if not file.exists():
        return missing(verb, unit)
    state = json.loads(file.read_text())
    code = act(verb, options, unit, state)
    file.write_text(json.dumps(state))
    return code


def missing(verb: str, unit: str) -> int:
    if verb == "show":
        sys.stdout.write("MainPID=0\nLoadState=not-found\nActiveState=inactive\nFreezerState=running\n")
        return 0
    sys.stderr.write(
        f"Failed to {verb} {unit}: Unit {unit} not {'found' if verb == 'start' else 'loaded'}.\n"
    )
    return 5


def act(verb: str, options: list[str], unit: str, state: dict[str, str]) -> int:
    match verb:
        case "show":
            wanted = options[0].removeprefix("--property=").split(",")
            sys.stdout.writelines(f"{name}={value}\n" for name, value in state.items() if name in wanted)
        case "stop":
            state |= {"ActiveState": "deactivating"} if state["ActiveState"] == "active" else {}
        case "kill" if "--signal=SIGKILL" in options and state["ActiveState"] != "inactive":
            state |= {"ActiveState": "failed", "MainPID": "0"}
        case "reset-failed":
            state |= {"ActiveState": "inactive"} if state["ActiveState"] == "failed" else {}
        case "start":
            state |= {
                "ActiveState": "active",
                "MainPID": state["MainPID"] if state["MainPID"] != "0" else "4711",
            }
        case "freeze" | "thaw" if state["freezes"] == "yes":
            state["FreezerState"] = "frozen" if verb == "freeze" else "running"
        case "freeze" | "thaw":
            sys.stderr.write(f"Failed to {verb} unit {unit}: Unit '{unit}' does not support freezing.\n")
            return 1
        case _:
            sys.stderr.write(f"Failed to {verb} unit {unit}: No main process to kill\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
