"""The page on the receiver: every command of it starts one, and what it prints is what the code says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simulator.attached.settings import Pages
from simulator.receiver.app import LONGEST_ROUTE, LONGEST_WAIT_S
from simulator.receiver.snippet import snippet
from simulator.receiver.store import KEPT_BYTES
from tests.certificates import self_signed
from tests.docs.pages import page

PAGE = page("docs/receiver.md")
COMMANDS = [words for words in PAGE.typed("simulator") if words[0] == "receiver"]
SNIPPET, SETTINGS = PAGE.blocks("")


def on_any_port(words: list[str]) -> list[str]:
    """The documented port may be somebody's on this machine."""
    if "--listen" not in words:
        return [*words, "--listen", "127.0.0.1:0"]
    at = words.index("--listen") + 1
    return [*words[:at], f"{words[at].rpartition(':')[0]}:0", *words[at + 1 :]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_listens_until_it_is_told_to_end(words: list[str], tmp_path: Path) -> None:
    made = self_signed(tmp_path, "recv.shop")
    made.cert.rename(tmp_path / "recv.pem")
    made.key.rename(tmp_path / "recv.key")
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", *on_any_port(words)],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "RECV": "a-token"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on ")
        process.terminate()
        _, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, complaint) == (0, "")


def test_what_it_shows_is_what_the_receiver_prints() -> None:
    token, ca = "/etc/alertmanager/simulator-token", "/etc/alertmanager/recv.pem"
    assert snippet("https://recv.shop:9099", token, ca) == SNIPPET
    assert Pages.model_validate(YAML(typ="safe").load(SETTINGS)["pages"]).receiver is not None


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"up to {LONGEST_ROUTE} characters" in PAGE.text
    assert f"({LONGEST_WAIT_S:g} at most)" in PAGE.text
    assert f"{KEPT_BYTES // 1024 // 1024} MB by default" in PAGE.text
