"""What Grafana's API says of dashboards, from a folder of their files: search, and one by its uid, with a token."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER_UID = "f0lder1"


class Handler(BaseHTTPRequestHandler):
    """The two requests of Grafana 11 that list and read dashboards, and the one that lists folders."""

    dashboards = Path(os.environ["DASHBOARDS"])
    folder = os.environ["FOLDER"]
    token = os.environ["TOKEN"]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get("Authorization") != f"Bearer {self.token}":
            self._answer(
                401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}
            )
        elif url.path.rstrip("/") == "/api/search":
            self._answer(200, self._search(parse_qs(url.query)))
        elif url.path == "/api/folders":
            self._answer(200, [{"id": 1, "uid": FOLDER_UID, "title": self.folder}])
        elif url.path.startswith("/api/dashboards/uid/"):
            self._show(url.path.rpartition("/")[2])
        else:
            self._answer(404, {"message": "Not found"})

    def _search(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        kinds = asked.get("type", ["dash-folder", "dash-db"])
        found: list[dict[str, Any]] = []
        if "dash-folder" in kinds and "folderUIDs" not in asked:
            found.append(
                {"id": 1, "uid": FOLDER_UID, "title": self.folder, "type": "dash-folder", "tags": []}
            )
        if "dash-db" in kinds and FOLDER_UID in asked.get("folderUIDs", [FOLDER_UID]):
            found += [self._hit(number, board) for number, board in enumerate(self._read(), start=2)]
        first = (int(asked.get("page", ["1"])[0]) - 1) * (limit := int(asked.get("limit", ["1000"])[0]))
        return found[first : first + limit]

    def _hit(self, number: int, board: dict[str, Any]) -> dict[str, Any]:
        slug = board["title"].lower().replace(" ", "-")
        return {
            "id": number,
            "uid": board["uid"],
            "title": board["title"],
            "uri": f"db/{slug}",
            "url": f"/d/{board['uid']}/{slug}",
            "slug": "",
            "type": "dash-db",
            "tags": board.get("tags", []),
            "isStarred": False,
            "folderId": 1,
            "folderUid": FOLDER_UID,
            "folderTitle": self.folder,
            "folderUrl": f"/dashboards/f/{FOLDER_UID}/",
            "sortMeta": 0,
        }

    def _show(self, uid: str) -> None:
        board = next((board for board in self._read() if board["uid"] == uid), None)
        if board is None:
            self._answer(404, {"message": "Dashboard not found", "status": "not-found"})
            return
        meta = {
            "type": "db",
            "folderUid": FOLDER_UID,
            "folderTitle": self.folder,
            "version": board["version"],
        }
        self._answer(200, {"dashboard": board, "meta": meta})

    def _read(self) -> list[dict[str, Any]]:
        return [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.dashboards.glob("*.json"))
        ]

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
