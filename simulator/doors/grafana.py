"""The door to Grafana: the dashboards that people have there. Its HTTP API, as of version 9 and later."""

from collections.abc import Mapping
from typing import Any

from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient, understood

MOST = 1000
"""Dashboards that one search answers; Grafana's own limit is 5000."""


class Grafana:
    """Reads dashboards."""

    def __init__(self, at: Endpoint) -> None:
        self._http = JsonClient("Grafana", at)

    @understood
    async def dashboards(self, folder: str) -> list[Mapping[str, Any]]:
        """Every dashboard of a folder, by its title; of all folders where it is empty. In Grafana's JSON.

        Raises:
            DoorError: no answer.
        """
        found = await self._http.get("/api/search", {"type": "dash-db", "limit": MOST})
        uids = [one["uid"] for one in found if folder in ("", one.get("folderTitle", "General"))]
        answers = [await self._http.get(f"/api/dashboards/uid/{uid}") for uid in uids]
        return [dict(answer["dashboard"]) for answer in answers]

    async def close(self) -> None:
        await self._http.close()
