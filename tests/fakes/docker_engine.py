"""Somebody's Docker engine at the outermost edge: what its API answers, by path."""

from typing import Any

API = "1.44"
ID = "0123456789ab" * 5 + "0123"


def engine_with(*names: str, status: str = "running") -> dict[str, Any]:
    """An engine with one container of each name; for `serving`, and DOCKER_HOST."""
    listed = [{"Id": _id(at), "Names": [f"/{name}"], "Labels": {}} for at, name in enumerate(names)]
    answers: dict[str, Any] = {
        "/version": {"ApiVersion": API, "MinAPIVersion": "1.24", "Version": "26.0.0"},
        f"/v{API}/containers/json": listed,
    }
    for at, name in enumerate(names):
        answers[f"/v{API}/containers/{_id(at)}/json"] = {
            "Id": _id(at),
            "Name": f"/{name}",
            "Config": {"Labels": {}},
            "RestartCount": 0,
            "State": {
                "Status": status,
                "Pid": 4711,
                "ExitCode": 0,
                "OOMKilled": False,
                "StartedAt": "2026-01-01T00:00:00Z",
            },
        }
    return answers


def _id(at: int) -> str:
    return f"{at}{ID[1:]}"
