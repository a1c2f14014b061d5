"""Faults that are not what they claim, traffic that stops, and journals that were touched."""

import psycopg

from tests.fakes.engine_copy import instead
from tests.fakes.locust import FakeLocust
from tests.mutants.mutant import mutant
from tests.mutants.sabotage import Sabotage

STUFFING = """\
title: Passwords are guessed
faults: [{fault: workload, switch: credential-stuffing, events_per_second: 4}]
must: [{alert: CriticalAuthFailureRate, severity: critical, within: 12s}]
observe: 12s
effective_within: 5s
"""


@mutant("inconclusive", "fault workload was not effective within 5 s: the workload does not report", STUFFING)
def fault_skipped(harm: Sabotage) -> None:
    def disobey(locust: FakeLocust) -> None:
        locust.obeys = False

    harm.for_locust = disobey


@mutant(
    "inconclusive",
    "fault workload was not effective within 5 s: credential-stuffing: 2 events/s reported, 4 wanted",
    STUFFING,
)
def fault_half_effective(harm: Sabotage) -> None:
    def half(locust: FakeLocust) -> None:
        locust.events = 2.0

    harm.for_locust = half


@mutant("breached", "the undo of service-kill could not be confirmed")
def undo_skipped(harm: Sabotage) -> None:
    release = "await doors.services.release(record.id, record.service)"
    harm.engine("simulator/faults/base/held.py", instead(release, "return"))


@mutant("inconclusive", "too little traffic under observation: ")
def traffic_stopped(harm: Sabotage) -> None:
    def stop(locust: FakeLocust) -> None:
        locust.flowing = False

    harm.once_it_bites(stop)


@mutant("inconclusive", "this machine's clock was set 3600.* s ahead during the run")
def clock_set_during_the_run(harm: Sabotage) -> None:
    """By an hour, some seconds after the engine was started."""
    now = "datetime.now(UTC)"
    set_ahead = "datetime.fromtimestamp(time.time() + 3600 * (time.monotonic() - _BORN > 20), UTC)"
    harm.engine(
        "simulator/base/clock.py",
        lambda code: instead(now, set_ahead)(code) + "\n\n_BORN = time.monotonic()\n",
    )


@mutant("inconclusive", "interrupted: ")
def locust_ended_early(harm: Sabotage) -> None:
    harm.once_it_bites(FakeLocust.stop)


@mutant("inconclusive", "failed: the journal ends unfinished")
def journal_truncated(harm: Sabotage) -> None:
    harm.for_the_journal = lambda lines: lines[: len(lines) // 2]


@mutant("inconclusive", "line .* of the journal is not as it was written, or one before it is gone")
def journal_edited(harm: Sabotage) -> None:
    """A hand moves the page a little, to where it would look better."""

    def move(lines: list[str]) -> list[str]:
        page = next(number for number, line in enumerate(lines) if '"kind":"page"' in line)
        lines[page] = lines[page].replace('"received_epoch":', '"received_epoch":1')
        return lines

    harm.for_the_journal = move


@mutant("inconclusive", "line .* of the journal is not as it was written, or one before it is gone")
def journal_without_its_unwelcome_line(harm: Sabotage) -> None:
    def leave_out(lines: list[str]) -> list[str]:
        return [line for line in lines if '"kind":"loop_lag"' not in line]

    harm.for_the_journal = leave_out


@mutant("breached", "orders of a-mutant: acknowledged and not in the database: 1")
def order_lost(harm: Sabotage) -> None:
    """Acknowledged, and gone from the database a moment later."""

    def lose(_: FakeLocust) -> None:
        with psycopg.connect(harm.stack.url("postgres"), autocommit=True) as database:
            (order,) = database.execute(
                "SELECT id FROM orders ORDER BY created_at DESC LIMIT 1"
            ).fetchone() or (None,)
            database.execute("DELETE FROM order_items WHERE order_id = %s", [order])
            database.execute("DELETE FROM orders WHERE id = %s", [order])

    _shoppers(harm)
    harm.once_it_bites(lose)


@mutant("breached", "orders of a-mutant: twice under one idempotency key, or without any: 1")
def order_doubled(harm: Sabotage) -> None:
    """As a retry would that the API takes for another order."""

    def double(_: FakeLocust) -> None:
        with psycopg.connect(harm.stack.url("postgres"), autocommit=True) as database:
            database.execute(
                "INSERT INTO orders SELECT gen_random_uuid(), account_id, customer_id, customer_type, type, status,"
                " shipping_method, currency, payment_method, total, created_at"
                " FROM orders ORDER BY created_at DESC LIMIT 1"
            )

    _shoppers(harm)
    harm.once_it_bites(double)


def _shoppers(harm: Sabotage) -> None:
    def open_the_shop(locust: FakeLocust) -> None:
        locust.shoppers = 1

    harm.for_locust = open_the_shop
    harm.teaches_nothing()
