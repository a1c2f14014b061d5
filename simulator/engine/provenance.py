"""Finds out where a run comes from: the account, the CI service's own variables, the repository of its scenarios."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from simulator.plan.provenance import By, Provenance
from simulator.plan.request import RunRequest
from simulator.safety.audit import where, who

GIT_WITHIN = 5.0
"""Seconds; a repository on a network drive that answers no sooner is no reason to wait."""
_CI = "CI"
"""Set by GitHub Actions, GitLab, Buildkite, CircleCI and most others."""


def provenance(request: RunRequest, environ: Mapping[str, str] = os.environ) -> Provenance:
    """Of a run that is asked for like this, here and now."""
    return Provenance(
        who=who(),
        where=where(),
        by=_by(request, environ),
        slot=request.slot,
        commit=commit_of(request.scenarios),
    )


def _by(request: RunRequest, environ: Mapping[str, str]) -> By:
    if request.slot:
        return "schedule"
    return "ci" if environ.get(_CI, "").lower() in ("1", "true") else "hand"


def commit_of(folder: Path) -> str:
    """The commit that a folder is at, `+` behind it where files in it differ; empty outside of a repository, or without git."""
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        edited = _git(folder, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{commit}{'+' if edited else ''}"


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=GIT_WITHIN,
    )
    return done.stdout.strip()
