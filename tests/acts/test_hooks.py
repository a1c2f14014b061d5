"""The fault `http-hook`: requests to a real server, and its promises."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.attached.acts import hooks_of
from simulator.attached.service import HookSettings
from simulator.attached.settings import Credentials, Tls
from simulator.base.errors import DoorError, LeftInjected
from simulator.doors.hooks import Hook, Hooks
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.openfaults import OpenFaults
from simulator.engine.undo import sweep
from simulator.faults import fault_named
from simulator.faults.base.acted import rehearse
from simulator.faults.http_hook import Record
from simulator.journal.facts import FaultChecked, FaultUndone
from simulator.safety.audit import AuditTrail
from tests.acts.target import Api, doors_to, serving
from tests.fakes.doors import journal_in_memory

RECORD = Record(fault="http-hook", id="simulator-0123456789ab", service="pay")
SECRET = "s3cret-of-the-payments"


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as served:
        yield served


class Bench:
    """An injector on real time."""

    def __init__(self, folder: Path, hooks: Hooks) -> None:
        self.doors = doors_to(hooks={"pay": hooks})
        self.journal = journal_in_memory(self.doors.clock)
        self.open_faults = OpenFaults(folder / "open")
        self.injector = Injector(self.doors, self.journal, self.open_faults)

    async def run(self, api: Api, effective_within: float = 15.0) -> str:
        """Inject and undo; returns the record as it was on disk."""
        async with self.injector.injected(RECORD, effective_within):
            assert api.harmed
            (path,) = self.open_faults.paths()
            return path.read_text()

    @property
    def last_check(self) -> str:
        return [fact.observed for fact in self.journal.facts if isinstance(fact, FaultChecked)][-1]

    @property
    def undone(self) -> list[bool]:
        return [fact.confirmed for fact in self.journal.facts if isinstance(fact, FaultUndone)]


async def test_it_bites_and_is_undone(tmp_path: Path, api: Api) -> None:
    bench = Bench(tmp_path, api.hooks(timeout=3.0))
    await bench.run(api)
    assert (api.harmed, bench.undone) == (False, [True])
    put = next(asked for asked in api.asked if asked[0] == "PUT")
    assert (put[1], put[3]) == ("/harm", {"for": "a test"})
    assert put[2]["x-simulator-fault"] == RECORD.id


async def test_credentials_are_kept_as_references(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAY_TOKEN", SECRET)
    (tmp_path / "password").write_text("grün\n")
    settings = HookSettings.model_validate(
        {
            "inject": {"method": "PUT", "url": f"{api.address}/harm", "auth": "token"},
            "check": {"url": f"{api.address}/harm", "healthy": 404},
            "undo": {"method": "DELETE", "url": f"{api.address}/harm", "auth": "ops"},
            "timeout": "3s",
        }
    )
    auth = {
        "token": Credentials.model_validate({"bearer": "env:PAY_TOKEN"}),
        "ops": Credentials.model_validate({"basic": {"user": "sim", "password": "file:password"}}),
    }
    bench = Bench(tmp_path, hooks_of(settings, auth, Tls(), tmp_path))
    written = await bench.run(api)
    assert SECRET not in written
    assert json.loads(written)["acts"]["requests"]["undo"]["password"] == f"file:{tmp_path}/password"
    sent = {method: headers.get("authorization") for method, _, headers, _ in api.asked}
    basic = base64.b64encode("sim:grün".encode()).decode()
    assert sent == {"PUT": f"Bearer {SECRET}", "GET": None, "DELETE": f"Basic {basic}"}


async def test_a_secret_that_is_missing_harms_nothing(tmp_path: Path, api: Api) -> None:
    hooks = api.hooks()
    undo = hooks.requests["undo"].model_copy(update={"bearer": "env:PAY_TOKEN"})
    bench = Bench(tmp_path, hooks.model_copy(update={"requests": hooks.requests | {"undo": undo}}))
    with pytest.raises(NotEffective):
        await bench.run(api)
    assert api.asked == []
    assert "env:PAY_TOKEN: the variable is not set" in bench.last_check


async def test_another_process_undoes_it_without_any_environment(tmp_path: Path, api: Api) -> None:
    api.harmed = True
    open_faults = OpenFaults(tmp_path / "open")
    open_faults.add(RECORD.model_copy(update={"acts": api.hooks(timeout=3.0)}))
    doors = doors_to()
    said: list[str] = []
    trail = AuditTrail(tmp_path / "audit" / "trail.jsonl", doors.clock.clock, "elsewhere")
    await sweep(open_faults, doors, said.append, trail)
    assert not api.harmed
    assert said == [f"undone: http-hook {RECORD.id} (check: it does not bite, throughout 3 s)"]


@pytest.mark.parametrize("status", [204, 302, 401, 500])
async def test_no_other_status_counts_as_effective_or_undone(tmp_path: Path, api: Api, status: int) -> None:
    api.answers["GET"] = (status, {"Location": "/elsewhere"})
    bench = Bench(tmp_path, api.hooks(timeout=2.0, undo_within=0.1))
    with pytest.raises(NotEffective):
        await bench.run(api, effective_within=0.1)
    assert bench.last_check == f"the check failed: check answered {status} (unknown)"
    assert bench.undone == [False]
    assert {path for _, path, _, _ in api.asked} == {"/harm"}


async def test_what_is_refused_is_not_injected(tmp_path: Path, api: Api) -> None:
    api.answers["PUT"] = (503, {})
    bench = Bench(tmp_path, api.hooks(timeout=3.0))
    with pytest.raises(NotEffective):
        await bench.run(api)
    assert bench.last_check == "not injected: inject answered 503"


async def test_an_api_that_is_away_is_left_injected_without_its_address(tmp_path: Path) -> None:
    nowhere = Api(address="http://127.0.0.1:9")
    open_faults = OpenFaults(tmp_path / "open")
    open_faults.add(RECORD.model_copy(update={"acts": nowhere.hooks(timeout=2.0, undo_within=0.1)}))
    doors = doors_to()
    trail = AuditTrail(tmp_path / "audit" / "trail.jsonl", doors.clock.clock, "elsewhere")
    with pytest.raises(LeftInjected, match="was not answered: Connect") as left:
        await sweep(open_faults, doors, lambda _: None, trail)
    assert "127.0.0.1" not in str(left.value)


async def test_no_proxy_is_asked(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    await Bench(tmp_path, api.hooks(timeout=3.0)).run(api)


async def test_what_an_abandoned_request_does_late_is_undone_as_well(tmp_path: Path, api: Api) -> None:
    """Whoever sent it is dead; the API carries it out all the same, after the first undo."""
    api.harmed = False
    open_faults = OpenFaults(tmp_path / "open")
    open_faults.add(RECORD.model_copy(update={"acts": api.hooks(timeout=3.0)}))
    looks = 0

    def answer(method: str) -> tuple[int, dict[str, str]]:
        nonlocal looks
        looks += method == "GET"
        api.harmed = (api.harmed or looks == 2) and method != "DELETE"
        return (200 if api.harmed else 404) if method == "GET" else 204, {}

    api.answer = answer  # type: ignore[method-assign]  # another API
    doors = doors_to()
    trail = AuditTrail(tmp_path / "audit" / "trail.jsonl", doors.clock.clock, "elsewhere")
    await sweep(open_faults, doors, lambda _: None, trail)
    assert not api.harmed
    assert [method for method, *_ in api.asked].count("DELETE") == 2


@pytest.mark.parametrize(
    ("answers", "ok", "observed"),
    [
        ({}, True, "rehearsal: undo succeeded, check says that it does not bite"),
        (
            {"GET": (200, {})},
            False,
            "rehearsal: after the undo, on a healthy system, check says that it bites",
        ),
        ({"GET": (401, {})}, False, "rehearsal: check answered 401 (unknown)"),
        ({"DELETE": (401, {})}, False, "rehearsal: undo answered 401"),
    ],
)
async def test_a_rehearsal_says_what_it_saw(
    api: Api, answers: dict[str, tuple[int, dict[str, str]]], observed: str, *, ok: bool
) -> None:
    api.answers = answers
    check = await rehearse(api.hooks())
    assert (check.ok, check.observed) == (ok, observed)
    assert "PUT" not in {method for method, *_ in api.asked}


async def test_the_target_is_armed_first(api: Api) -> None:
    hooks = api.hooks()
    arm = {"arm": Hook(method="POST", url=f"{api.address}/timer")}
    armed = hooks.model_copy(update={"requests": hooks.requests | arm})
    assert (hooks.is_armed, armed.is_armed) == (False, True)
    api.answers["POST"] = (204, {})
    await armed.inject(RECORD.id)
    assert [(method, path) for method, path, *_ in api.asked] == [("POST", "/timer"), ("PUT", "/harm")]


async def test_without_requests_for_the_service_it_is_refused_by_name() -> None:
    with pytest.raises(DoorError, match="no requests are given for 'pay' in this environment; it has none"):
        await fault_named("http-hook").aim(RECORD, doors_to())
