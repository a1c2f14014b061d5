"""The nets that need no stack: caps, blackouts, hosts, production."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.base.errors import BadInput, Unsafe
from simulator.base.loader import load
from simulator.engine.gameday import check_time
from simulator.environments.settings import EnvironmentSettings, is_this_machine
from simulator.faults.base.containers import HaltedSettings
from simulator.plan.build import build_plan
from simulator.plan.models import Experiment, Plan, StackFacts
from simulator.plan.request import RunRequest
from simulator.preflight.nets import check_nets, check_place, check_shares
from simulator.safety.nets import Blackout, Limits, NetName, Nets, nets_named
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors
from tests.fakes.surroundings import erpgo_with

SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
WORKING_HOURS = Blackout(
    because="working hours", days=("mon", "tue", "wed", "thu", "fri"), start="08:00", end="18:00"
)
NIGHT = Blackout(because="the night batch", start="22:30", end="05:00", zone="Europe/Berlin")


def a_plan(name: str, nets: Nets, without: tuple[NetName, ...] = ()) -> Plan:
    facts = StackFacts(
        name="embedded",
        kind="embedded",
        scrape_interval=2.0,
        evaluation_interval=2.0,
        chaos_services=("api", "postgres", "redis"),
        nets=nets,
    )
    return build_plan(RunRequest(gameday=name, without=without), erpgo_with(facts), SATURDAY)


@pytest.mark.parametrize(
    ("blackout", "begin", "minutes", "meets"),
    [
        (WORKING_HOURS, SATURDAY, 30, False),
        (WORKING_HOURS, SATURDAY + timedelta(days=2), 1, True),
        (WORKING_HOURS, SATURDAY.replace(hour=7) + timedelta(days=2), 59, False),
        (WORKING_HOURS, SATURDAY.replace(hour=7) + timedelta(days=2), 60, True),
        (WORKING_HOURS, SATURDAY.replace(hour=18) + timedelta(days=2), 60, False),
        (NIGHT, SATURDAY, 9 * 60, False),
        (NIGHT, SATURDAY, 9 * 60 + 30, True),
        (NIGHT, SATURDAY.replace(hour=3, minute=59), 1, True),
        (NIGHT, SATURDAY.replace(hour=4), 1, False),
        (Blackout(because="for good"), SATURDAY, 0, True),
    ],
)
def test_a_run_meets_a_blackout_by_wall_clock_and_zone(
    blackout: Blackout, begin: datetime, minutes: float, *, meets: bool
) -> None:
    assert (Nets(blackouts=(blackout,)).blackout(begin, minutes * 60) is not None) == meets


def test_a_day_is_as_long_as_the_zone_says() -> None:
    """The night in which Berlin's clocks go back: 22:30 to 05:00 are 7.5 hours, from 20:30 to 04:00 UTC."""
    night = datetime(2026, 10, 24, 20, 30, tzinfo=UTC)
    assert NIGHT.meets(night, night)
    assert not NIGHT.meets(night - timedelta(seconds=1), night - timedelta(seconds=1))
    assert NIGHT.meets(night + timedelta(hours=7.4), night + timedelta(hours=7.4))
    assert not NIGHT.meets(night + timedelta(hours=7.5), night + timedelta(hours=8))


@pytest.mark.parametrize(
    ("nets", "refusal"),
    [
        (
            Nets(limits=Limits(run=60)),
            r"the run would last \d+ s; 60 s are allowed. Net: caps; .*--without caps",
        ),
        (Nets(limits=Limits(fault=10)), r"api-killed: a fault of up to 60 s; 10 s are allowed. Net: caps"),
        (
            Nets(blackouts=(Blackout(because="the yearly audit"),)),
            r"minutes from 2026-11-28 12:00 UTC meet the blackout of .* \(the yearly audit\)\. Net: blackout",
        ),
    ],
)
def test_a_net_refuses_and_names_its_opt_out(nets: Nets, refusal: str) -> None:
    with pytest.raises(Unsafe, match=refusal):
        check_nets(a_plan("demo", nets), SATURDAY)


def test_too_many_faults_at_a_time_are_refused() -> None:
    with pytest.raises(Unsafe, match=r"faults at a time; 1 are allowed"):
        check_nets(a_plan("full-sweep", Nets(limits=Limits(faults=1))), SATURDAY)


async def test_a_service_of_one_process_is_not_taken_where_only_a_share_may_be() -> None:
    doors = fake_doors(FakeClock(), FakeServices())
    half = a_plan("demo", Nets(limits=Limits(share=0.5)))
    with pytest.raises(Unsafe, match=r"api-killed: service-kill would take 1 of 1 of api; a share of 0\.5"):
        await check_shares(half, ["api-killed"], doors)
    await check_shares(half, ["control", "credential-stuffing"], doors)  # no fault, and one of the workload
    await check_shares(a_plan("demo", Nets()), ["api-killed"], doors)
    await check_shares(a_plan("demo", half.stack.nets, ("caps",)), ["api-killed"], doors)


@pytest.mark.parametrize(
    ("replicas", "share", "taken"), [(1, 0.1, 1), (3, 0.33, 1), (3, 0.67, 2), (3, 1.0, 3), (30, 0.1, 3)]
)
def test_a_share_is_rounded_down_but_never_to_nothing(replicas: int, share: float, taken: int) -> None:
    assert HaltedSettings(fault="container-kill", service="api", share=share).takes(replicas) == taken


def test_all_that_ships_stays_within_the_caps() -> None:
    for name in ("demo", "full-sweep", "percentiles", "smoke"):
        check_nets(a_plan(name, Nets()), SATURDAY)


def test_a_net_that_is_opted_out_of_does_not_hold_and_the_plan_says_so() -> None:
    nets = Nets(limits=Limits(run=60), blackouts=(Blackout(because="for good"),))
    plan = a_plan("demo", nets, nets_named("blackout, caps"))
    check_nets(plan, SATURDAY)
    assert plan.stack.nets.without == ("caps", "blackout")


def test_an_unknown_net_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="unknown net 'cap'; did you mean 'caps'"):
        nets_named("cap")


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_what_this_machine_is(host: str, *, ours: bool) -> None:
    assert is_this_machine(host) == ours


def test_only_staging_may_list_hosts() -> None:
    listed = {"name": "shop", "stack": "compose", "hosts": ("shop.example",)}
    check_place(EnvironmentSettings.model_validate({**listed, "tier": "staging"}), ["shop.example"], "", ())
    for tier in ("laptop", "production"):
        settings = EnvironmentSettings.model_validate({**listed, "tier": tier})
        with pytest.raises(Unsafe, match=r"shop would reach shop\.example.*Net: loopback"):
            check_place(settings, ["127.0.0.1", "shop.example"], "shop", ())
        check_place(settings, ["shop.example"], "shop", ("loopback",))


@pytest.mark.parametrize("typed", ["", "Shop", "yes"])
def test_production_wants_its_name_typed_once_more(typed: str) -> None:
    settings = EnvironmentSettings(name="shop", stack="compose", tier="production")
    with pytest.raises(BadInput, match=r"shop is production; .*--confirm shop"):
        check_place(settings, ["127.0.0.1"], typed, ("loopback",))
    check_place(settings, ["127.0.0.1"], "shop", ())


def test_an_environment_file_is_read_with_all_its_nets(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("""\
stack: embedded
calls_itself: embedded
tier: staging
hosts: [shop.example]
touch: [api, redis]
limits: {faults: 2, fault: 1m, run: 30m}
blackouts:
  - {because: month end, days: [sat, sun], start: "20:00", end: "24:00", zone: Europe/Berlin}
abort_when:
  - {name: shop-down, expr: 'up{job="erpgo-api"} == 0'}
""")
    settings = load(path, EnvironmentSettings)
    assert (settings.name, settings.identity, settings.touch) == ("shop", "embedded", ("api", "redis"))
    assert settings.nets.limits == Limits(faults=2, fault=60, run=1800)
    assert settings.nets.blackouts[0].end == "24:00"
    assert [condition.name for condition in settings.nets.abort_when] == ["shop-down"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("abort_when: [{name: x, expr: 'up =='}]", "abort_when.0.expr: not PromQL"),
        (
            f"abort_when: [{{name: x, expr: '{'(' * 900}up{')' * 900}'}}]",
            "abort_when.0.expr: not PromQL: nested deeper than 100 levels",
        ),
        ("blackouts: [{because: why, start: '25:00'}]", "'25:00' is not a time of day"),
        ("blackouts: [{because: why, start: '24:00'}]", "cannot start at 24:00"),
        ("blackouts: [{because: why, zone: Mars/Olympus}]", "'Mars/Olympus' is no time zone"),
        ("limits: {faults: 0}", "limits.faults: Input should be greater than or equal to 1"),
        ("teir: staging", "teir: unknown key; did you mean 'tier'"),
        ("touch: []", "touch"),
    ],
)
def test_a_bad_environment_file_is_refused_by_line_and_key(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(f"stack: embedded\n{line}\n")
    with pytest.raises(BadInput, match=r"shop\.yaml:2: ") as refused:
        load(path, EnvironmentSettings)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("faults", "lasts"), [(0, 45.0), (1, 60.0), (3, 90.0)], ids=["a control", "one fault", "three faults"]
)
def test_each_fault_has_its_own_time_to_bite(faults: int, lasts: float) -> None:
    assert killing(faults).lasts == lasts


@pytest.mark.parametrize(
    ("faults", "minutes", "meets"),
    [(1, 1, True), (1, 2, False), (3, 2, True), (3, 3, False)],
)
def test_an_experiment_is_undone_before_a_blackout(faults: int, minutes: int, *, meets: bool) -> None:
    """One fault: 60 s and 20 s for its undo. Three: 90 s and 60 s. The clock stands at five seconds past the minute."""
    clock = FakeClock()
    start = (clock.now() + timedelta(minutes=minutes)).strftime("%H:%M")
    nets = Nets(blackouts=(Blackout(because="the night batch", start=start, end="23:00"),))
    plan = a_plan("demo", nets)
    if not meets:
        return check_time(plan, fake_doors(clock, FakeServices()), killing(faults))
    with pytest.raises(Unsafe, match="the night batch"):
        check_time(plan, fake_doors(clock, FakeServices()), killing(faults))
    return None


def killing(services: int) -> Experiment:
    """As many faults as that."""
    names = ("api", "postgres", "redis")[:services]
    faults = [{"fault": "service-kill", "service": name} for name in names]
    return Experiment.model_validate({"name": "x", "title": "x", "faults": faults})
