import ipaddress

import pytest

from simulator.erpgo.api.cache import Breaker
from simulator.erpgo.api.labels import AgentFamilies, BoundedLabels
from simulator.erpgo.api.security.addresses import client_address
from simulator.erpgo.api.security.lockout import Lockout
from simulator.erpgo.api.security.probes import is_cross_site, probe_in
from simulator.erpgo.api.security.rate_limit import RateLimiter
from simulator.erpgo.api.security.sessions import Sessions
from simulator.erpgo.api.windows import MovingRatio

LOOPBACK = frozenset(ipaddress.ip_network(text) for text in ("127.0.0.1", "::1", "172.16.0.0/12"))


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_burst_and_then_gets_its_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(rate=10, burst=3, clock=clock)
    assert [limiter.wait("a") for _ in range(3)] == [0, 0, 0]
    assert limiter.wait("a") == pytest.approx(0.1)
    assert limiter.wait("b") == 0
    clock.now += 0.11
    assert limiter.wait("a") == 0
    assert limiter.wait("a") > 0


def test_the_rate_limiter_forgets_the_least_recent_clients() -> None:
    limiter = RateLimiter(rate=1, burst=1, clock=Clock())
    for number in range(10_001):
        assert limiter.wait(str(number)) == 0
    assert len(limiter._buckets) == 10_000
    assert limiter.wait("0") == 0
    assert limiter.wait("10000") > 0


def test_an_account_locks_after_its_last_attempt_and_opens_again() -> None:
    clock = Clock()
    lockout = Lockout(most_failures=3, duration=60, clock=clock)
    for _ in range(3):
        assert lockout.remaining("a") == 0
        lockout.failed("a")
    assert lockout.remaining("a") == 60
    assert lockout.remaining("b") == 0
    clock.now += 59
    lockout.failed("a")  # an attempt while locked does not prolong the lock
    clock.now += 1
    assert lockout.remaining("a") == 0


def test_a_success_clears_the_failures() -> None:
    lockout = Lockout(most_failures=2, duration=60, clock=Clock())
    lockout.failed("a")
    lockout.succeeded("a")
    lockout.failed("a")
    assert lockout.remaining("a") == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 127.0.0.1", "203.0.113.7"),
        ("192.0.2.9", "203.0.113.7", "192.0.2.9"),
        ("172.18.0.7", "203.0.113.7, 172.18.0.1", "203.0.113.7"),
        ("a socket", "203.0.113.7", "a socket"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_peers_only(
    peer: str, forwarded: str, client: str
) -> None:
    assert client_address(peer, forwarded, LOOPBACK) == client


def test_labels_are_bounded_and_announced_before_they_count() -> None:
    clock, announced = Clock(), list[str]()
    labels = BoundedLabels(2, settle=6, clock=clock, announce=announced.append)
    assert [labels.label(value) for value in ("a", "b", "c")] == ["other"] * 3
    assert announced == ["a", "b"]
    clock.now += 6
    assert [labels.label(value) for value in ("a", "b", "c")] == ["a", "b", "other"]


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("python-httpx/0.28", "python"),
        ("Mozilla/5.0 (X11; Linux) Firefox/140.0", "browser"),
        ("Mozilla/5.0 (iPhone) Mobile/15E148", "mobile"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "bot"),
        ("", "other"),
        ("x" * 5000, "other"),
    ],
)
def test_agents_fall_into_families(agent: str, family: str) -> None:
    assert AgentFamilies().family(agent) == family


def test_a_moving_ratio_forgets() -> None:
    clock = Clock()
    ratio = MovingRatio(30, clock)
    assert ratio.ratio(empty=1.0) == 1.0
    ratio.add(whole=1)
    clock.now += 20
    ratio.add(part=1, whole=1)
    assert ratio.ratio(empty=1.0) == 0.5
    clock.now += 15
    assert ratio.ratio(empty=1.0) == 1.0
    clock.now += 30
    assert ratio.ratio(empty=0.25) == 0.25


def test_the_breaker_rests_after_three_failures_and_tries_again() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(3):
        assert breaker.admit()
        breaker.record(success=False)
    assert not breaker.admit()
    clock.now += 1.0
    assert breaker.admit()
    breaker.record(success=False)
    assert not breaker.admit()
    clock.now += 1.0
    breaker.record(success=True)
    assert breaker.admit()
    assert breaker.admit()


def test_an_open_breaker_admits_one_try_however_many_come_while_it_waits() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(3):
        breaker.record(success=False)
    clock.now += 1.0
    assert [breaker.admit() for _ in range(50)] == [True] + [False] * 49
    # A try that never reports, because its request was given up, does not lock everybody out.
    clock.now += 1.0
    assert [breaker.admit() for _ in range(50)] == [True] + [False] * 49


def test_sessions_end_by_logout_and_by_time() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    sessions.opened("a", "customer", clock.now + 10)
    sessions.opened("b", "customer", clock.now + 20)
    sessions.opened("b", "customer", clock.now + 30)
    assert sessions.count("customer") == 2
    sessions.closed("b")
    assert sessions.count("customer") == 1
    clock.now += 10
    assert sessions.count("customer") == 0
    assert sessions.count("staff") == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"/products/search?q=' OR 1=1", "sql_injection_attempt"),
        (b"/products/search?q=%27%20UNION%20SELECT%20password", "sql_injection_attempt"),
        (b"/search?q=%253Cscript%253Ealert(1)", "xss_attempt"),
        (b"/files/..%2f..%2fetc/passwd", "path_traversal_attempt"),
        (b"/products/search?q=o'brien+desk", None),
        (b'{"first_name": "Select", "last_name": "O\'Or"}', None),
    ],
)
def test_probes_are_recognised_and_people_are_not(text: bytes, kind: str | None) -> None:
    assert probe_in(text) == kind


def test_only_changes_from_foreign_pages_are_cross_site() -> None:
    assert is_cross_site("POST", "cross-site")
    assert not is_cross_site("GET", "cross-site")
    assert not is_cross_site("POST", "same-origin")


def test_no_text_makes_the_probe_pattern_backtrack_for_ever() -> None:
    # A pattern that is not linear would take minutes here and meet the test's timeout.
    for text in (b"'" + b" " * 60_000, b"<" * 60_000, b"' or x " * 9_000, b"union " * 10_000):
        assert probe_in(text) is None
