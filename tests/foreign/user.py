"""Somebody who runs game days on the foreign stack, in a folder of their own, with nothing of ours but the program."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from simulator.journal.facts import AnyFact
from simulator.journal.reading import read_journal
from simulator.judge.verdict import RunVerdict
from simulator.report.json import read_verdict
from tests.cli.commands import Left
from tests.foreign.installed import Program
from tests.foreign.owners import Tree
from tests.stack.waiting import eventually
from tests.starved import is_starved

LOCUSTFILE = Path(__file__).with_name("their_locustfile.py")
LONGEST_RUN = 900.0
"""Seconds."""
ATTEMPTS = 3
BEFORE_HARM = 240.0
"""Seconds for which everything may take to be quiet, on a busy machine."""


@dataclass(frozen=True)
class User:
    """Their folder and state home, and the secrets that they have at hand."""

    folder: Path
    state: Path
    """Their state home."""
    secrets: Mapping[str, str] = field(repr=False)
    program: Program
    longest: float = LONGEST_RUN
    """Seconds after which a command of theirs that has not ended is wrong."""

    @classmethod
    def at(
        cls, folder: Path, secrets: Mapping[str, str], program: Program, longest: float = LONGEST_RUN
    ) -> "User":
        """Somebody new, in a folder with nothing but the company's locustfile."""
        folder.mkdir()
        shutil.copy(LOCUSTFILE, folder)
        return cls(folder, folder / "state", secrets, program, longest)

    @property
    def open_faults(self) -> list[Path]:
        """The records of what is injected."""
        return sorted(self.state.glob("simulator/attached-*/open/*.json"))

    def await_harm(self, program: subprocess.Popen[str]) -> None:
        """Until a run of theirs begins to inject; fails where it ends before."""
        eventually("it injects", lambda: bool(self.open_faults) or program.poll() is not None, BEFORE_HARM)
        assert program.poll() is None, ended(program)

    def write(self, name: str, tree: Tree) -> Path:
        """A YAML file of theirs."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(tree, file)
        return path

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`simulator` with these words, as a terminal starts it; ended with the block at the latest."""
        own = {"XDG_STATE_HOME": str(self.state), "COLUMNS": "200"}
        with subprocess.Popen(
            [*self.program.argv, *words],
            cwd=self.folder,
            env={**self.program.environment, **own, **self.secrets},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program:
            try:
                yield program
            finally:
                program.terminate()

    def simulator(self, *words: str) -> Left:
        """The same, to its end."""
        with self.running(*words) as program:
            return ended(program, self.longest)

    def run(self, experiment: Tree, environment: Tree) -> Left:
        """One experiment on an environment."""
        return self.simulator(*self.written(experiment, environment))

    def written(self, experiment: Tree, environment: Tree) -> tuple[str, ...]:
        """The same as the words of a command, its files written."""
        self.write("shop.yaml", environment)
        return ("run", str(self.write("one.yaml", experiment)), "--environment", "shop.yaml")

    def attempts(self) -> Iterator[int]:
        """Once; and again, twice at most, while a run of theirs proves nothing because the machine was too busy."""
        for attempt in range(ATTEMPTS):
            yield attempt
            if not any(self.folder.glob("reports/*/report.json")) or not is_starved(self.verdict, "foreign"):
                return

    @property
    def verdict(self) -> RunVerdict:
        """Of the last run, from its report."""
        return read_verdict((self.report / "report.json").read_bytes())

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        """Those of the last run's journal."""
        return read_journal(self.report / "journal.jsonl")

    @property
    def report(self) -> Path:
        """The folder of the last run's report."""
        return max(self.folder.glob("reports/*/"))


def ended(program: subprocess.Popen[str], within: float = LONGEST_RUN) -> Left:
    """How it ended, which it does by itself, within so many seconds."""
    out, err = program.communicate(timeout=within)
    return Left(program.returncode, out, err)
