"""The audit against a database of our own, by the real pip-audit."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from requirements.audit import ACCEPTED, Answer, AuditBroken, Vulnerability, _problems, _read, ask, audit

LAMP = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "It burns.",
    "affected": [
        {
            "package": {"name": "lamp", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
NAMED = "lamp 1.0: PYSEC-2026-1, CVE-2026-1; fixed in 1.1"


@contextmanager
def database(known: dict[str, dict[str, Any]], status: int = 200) -> Iterator[tuple[str, ...]]:
    """Answers what OSV would, by a package's name. Yields how pip-audit is told to ask there."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["package"]["name"]
            body = json.dumps({"vulns": [known[name]]} if name in known else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield "-s", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "all.txt"
    digest = "0" * 64
    file.write_text(f"lamp==1.0 --hash=sha256:{digest}\nshade==2.0 --hash=sha256:{digest}\n")
    return file


def test_a_known_vulnerability_fails_with_its_name(lock: Path) -> None:
    said: list[str] = []
    with database({"lamp": LAMP}) as service:
        assert audit(lock, [service], {}, said.append) == 1
    assert said == [f"vulnerable: {NAMED}", "audited: 2 packages of all.txt, 1 problems"]


def test_nothing_known_is_good(lock: Path) -> None:
    said: list[str] = []
    with database({}) as service:
        assert audit(lock, [service], {}, said.append) == 0
    assert said == ["audited: 2 packages of all.txt, 0 problems"]


def test_what_is_accepted_is_said_with_its_reason_and_by_any_of_its_names(lock: Path) -> None:
    said: list[str] = []
    with database({"lamp": LAMP}) as service:
        assert audit(lock, [service], {"CVE-2026-1": "we never light it"}, said.append) == 0
    assert said[0] == f"accepted: {NAMED}: we never light it"


def test_what_is_accepted_and_gone_has_to_leave(lock: Path) -> None:
    said: list[str] = []
    with database({}) as service:
        assert audit(lock, [service], {"CVE-2026-1": "we never light it"}, said.append) == 1
    assert "accepted for nothing: CVE-2026-1 is not found any more" in said


def test_that_no_database_answers_is_said_and_fails_nothing(lock: Path) -> None:
    said: list[str] = []
    nowhere = ("-s", "osv", "--osv-url", "http://127.0.0.1:9")
    with database({}, status=503) as broken:
        assert audit(lock, [nowhere, broken], {"CVE-2026-1": "not looked at"}, said.append) == 0
    (line,) = said
    assert line.startswith("not audited: no database of vulnerabilities answered for any package (")
    assert "Connection refused" in line


def test_a_database_that_answers_is_asked_after_one_that_does_not(lock: Path) -> None:
    said: list[str] = []
    with database({"lamp": LAMP}) as service:
        nowhere = ("-s", "osv", "--osv-url", "http://127.0.0.1:9")
        assert audit(lock, [nowhere, service], {}, said.append) == 1
    assert said[0] == f"vulnerable: {NAMED}"


def test_an_audit_that_is_broken_is_not_one_that_found_nobody(lock: Path) -> None:
    lock.write_text("lamp==\n")
    with pytest.raises(AuditBroken, match="lamp"), database({}) as service:
        ask(service, lock)


def test_packages_that_were_not_looked_up_are_not_clean() -> None:
    skipped = {"name": "shade", "skip_reason": "Dependency not found"}
    clean = {"name": "lamp", "version": "1.0", "vulns": []}
    some, none = _read([clean, skipped]), _read([skipped])
    assert some == Answer(audited=frozenset({"lamp"}), skipped=frozenset({"shade"}))
    assert not none.audited
    assert none.silent == "1 packages asked for, none answered: Dependency not found"


def test_a_vulnerability_without_a_remedy_is_named_too() -> None:
    one = Vulnerability("lamp 1.0", ("PYSEC-2026-1",), ())
    assert _problems([one], {}, print) == ["vulnerable: lamp 1.0: PYSEC-2026-1; fixed in no version"]


def test_every_exception_has_a_reason() -> None:
    assert all(len(reason.split()) >= 4 for reason in ACCEPTED.values())
