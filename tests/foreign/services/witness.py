"""A webhook of nobody's but the tests': it writes down when a notification came, and to which receiver."""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class Handler(BaseHTTPRequestHandler):
    """`POST /RECEIVER`; each notification becomes a line of the file."""

    seen = Path(os.environ["SEEN"])
    one_at_a_time = threading.Lock()

    def do_POST(self) -> None:
        arrived = time.time()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        line = json.dumps({"at": arrived, "receiver": unquote(self.path[1:]), "body": body})
        with self.one_at_a_time, self.seen.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
