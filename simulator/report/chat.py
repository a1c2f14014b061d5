"""chat.txt: the verdict in a message, of at most 3,000 characters."""

from simulator.judge.verdict import RunVerdict
from simulator.report import against
from simulator.report.contract import Format
from simulator.report.headline import headline, pace, subline
from simulator.report.production import in_production
from simulator.report.text import SIGNS
from simulator.report.words import duration, plain, utc, wrong

MOST = 3000
"""Characters: what Slack takes in a block of text."""
_MORE = "..."


def render(verdict: RunVerdict) -> bytes:
    """The headline first; then how fast, what went wrong, and where it was."""
    lines = [f"{SIGNS[verdict.outcome]} {headline(verdict)}"]
    lines += filter(None, (in_production(verdict), subline(verdict), *pace(verdict)))
    where = f"{verdict.game_day} on {verdict.environment}, {utc(verdict.started_epoch)}, {duration(verdict.duration)}"
    lines.append(f"{where}. Run {verdict.run}, exit code {verdict.exit_code}.")
    lines += [f"{SIGNS[outcome]} {said}" for outcome, said in wrong(verdict)]
    if against.heading(verdict):
        lines += [f"{against.heading(verdict)}:", *against.lines(verdict)]
    return f"{cut(plain(chr(10).join(lines)))}\n".encode()


def cut(text: str) -> str:
    """At most so many characters, the end of the last line that fits being where it is cut."""
    if len(text) < MOST:
        return text
    kept = text[: MOST - len(_MORE) - 2]
    return f"{kept[: kept.rfind(chr(10))] if chr(10) in kept else kept}\n{_MORE}"


FORMAT = Format(name="chat", filename="chat.txt", render=render)
