"""Sample verdicts: what reports must be able to show, from a perfect game day to a run of nothing."""

from simulator.judge.verdict import (
    AlertVerdict,
    OtherAlert,
    PanelTrack,
    PanelVerdict,
    Reason,
    RunVerdict,
)
from tests.report.sample_game_day import (
    api_killed,
    cache_flooded,
    control,
    pool_exhausted,
    postgres_killed,
    stuffing,
)
from tests.report.sample_parts import SYSTEM, TRAFFIC, marks, noisy, stages, track


def all_met() -> RunVerdict:
    """The demo game day as it should be."""
    return _run(
        experiments=(
            control(),
            api_killed(),
            postgres_killed(),
            pool_exhausted(),
            cache_flooded(),
            stuffing(),
        )
    )


def breached() -> RunVerdict:
    """Missed, late, unexpected, a panel that did not move, and a whole experiment that went well."""
    good, bad = api_killed(), postgres_killed()
    alerts = (_missed(bad.alerts[1]), _late(bad.alerts[0]), _not_inhibited(bad.alerts[2]))
    unexpected = OtherAlert(
        alert="CriticalCacheHitRate",
        severity="critical",
        seen="fired",
        at=176.077,
        after=14.2,
        since="the fault",
    )
    panel = bad.panels[0].model_copy(
        update={
            "outcome": "breached",
            "series": "",
            "cause": "still",
            "reason": "did not go up; it stayed near errors 0.001",
            "moved_at": None,
            "latency": None,
            "back_at": None,
        }
    )
    flat = track("HTTP Error Rate", "percentunit", 161.877, 72, errors=noisy(0.001))
    reasons = [Reason.of("breached", "alert", one.cause, one.reason, one.alert) for one in alerts]
    reasons.append(Reason.of("breached", "panel", panel.cause, panel.reason, panel.panel))
    reasons.append(Reason.of("breached", "unexpected", "unexpected", f"unexpected: {unexpected.text}"))
    return _run(
        outcome="breached",
        exit_code=1,
        experiments=(
            good,
            bad.model_copy(
                update={
                    "outcome": "breached",
                    "alerts": alerts,
                    "unexpected": (unexpected,),
                    "panels": (panel,),
                    "tracks": (flat,),
                    "reasons": tuple(reasons),
                }
            ),
        ),
    )


def _missed(alert: AlertVerdict) -> AlertVerdict:
    chain = marks(161.877, true=4.13, pending=5.22, firing=10.21, accepted=10.33)
    reason = "missed: Alertmanager accepted it after 10.3 s, the receiver never got it"
    return alert.model_copy(
        update={
            "outcome": "breached",
            "cause": "missed",
            "reached": "accepted",
            "reason": reason,
            "latency": None,
            "marks": chain,
            "stages": stages(chain),
        }
    )


def _late(alert: AlertVerdict) -> AlertVerdict:
    chain = marks(
        161.877,
        true=1.12,
        pending=1.9,
        firing=31.9,
        accepted=32.02,
        notified=33.03,
        undone=35.0,
        resolved=44.0,
    )
    return alert.model_copy(
        update={
            "outcome": "breached",
            "cause": "late",
            "reason": "late: notified after 33.0 s ± 0.00 s, limit 30 s",
            "latency": 33.03,
            "marks": chain,
            "stages": stages(chain),
        }
    )


def _not_inhibited(alert: AlertVerdict) -> AlertVerdict:
    reason = "should have been inhibited, but was paged after 19.6 s"
    return alert.model_copy(
        update={"outcome": "breached", "cause": "paged", "reason": reason, "latency": 19.6}
    )


def inconclusive() -> RunVerdict:
    """The fault did nothing, so nothing is proven."""
    base = cache_flooded()
    reason = "fault cache-flood was not effective within 15 s: 398 of 412 product keys left, hit rate 91 %"
    alerts = tuple(
        alert.model_copy(
            update={
                "outcome": "inconclusive",
                "cause": "not-effective",
                "unproven": "not-effective",
                "reason": "the fault was not effective",
                "latency": None,
                "marks": (),
                "stages": (),
            }
        )
        for alert in base.alerts
    )
    panels: tuple[PanelVerdict, ...] = tuple(
        panel.model_copy(
            update={
                "outcome": "inconclusive",
                "cause": "not-observed",
                "unproven": "not-effective",
                "reason": "the fault was not observed to its end",
                "moved_at": None,
                "latency": None,
                "back_at": None,
            }
        )
        for panel in base.panels
    )
    idle = base.faults[0].model_copy(
        update={
            "effective_from": None,
            "effective_by": None,
            "evidence": "398 of 412 product keys left, hit rate 91 %",
        }
    )
    return _run(
        outcome="inconclusive",
        exit_code=3,
        experiments=(
            control(),
            base.model_copy(
                update={
                    "outcome": "inconclusive",
                    "reasons": (Reason.of("inconclusive", "precondition", "not-effective", reason),),
                    "faults": (idle,),
                    "alerts": alerts,
                    "panels": panels,
                    "observed_from": None,
                    "observed_to": None,
                }
            ),
        ),
    )


def interrupted() -> RunVerdict:
    """Ctrl-C at the worst moment, and an undo that could not be confirmed."""
    base = pool_exhausted()
    held = base.faults[0].model_copy(
        update={"undone": None, "undo_confirmed": False, "undo_evidence": "the session still holds its lock"}
    )
    alerts = tuple(
        alert.model_copy(
            update={
                "outcome": "inconclusive",
                "unproven": "interrupted",
                "reason": f"interrupted: Ctrl-C (seen: {alert.reason})",
            }
        )
        for alert in base.alerts
    )
    track_ = PanelTrack(dashboard=SYSTEM, panel="Active DB Connections", unit="short", series={})
    return _run(
        outcome="inconclusive",
        exit_code=6,
        status="interrupted",
        status_reason="Ctrl-C",
        reasons=(Reason.of("inconclusive", "run", "interrupted", "interrupted: Ctrl-C"),),
        left_injected=(held.id,),
        experiments=(
            base.model_copy(
                update={
                    "status": "interrupted",
                    "outcome": "inconclusive",
                    "reasons": (
                        Reason.of("inconclusive", "precondition", "interrupted", "interrupted: Ctrl-C"),
                        Reason.of(
                            "breached",
                            "left",
                            "undo-unconfirmed",
                            "the undo of db-pool-exhaust could not be confirmed: the session still holds its lock",
                        ),
                    ),
                    "faults": (held,),
                    "alerts": alerts,
                    "quiet_again": None,
                    "tracks": (track_,),
                }
            ),
        ),
        not_run=("cache-flooded", "credential-stuffing"),
    )


def empty() -> RunVerdict:
    """The canary did not arrive, so no experiment began."""
    said = "the canary did not arrive within 20 s: receiver silent"
    reason = Reason.of("inconclusive", "run", "no-canary", said)
    return _run(
        outcome="inconclusive",
        exit_code=3,
        reasons=(reason,),
        canary_seconds=None,
        duration=20.4,
        not_run=("control", "api-killed"),
    )


def _run(**parts: object) -> RunVerdict:
    values: dict[str, object] = {
        "run": "20261123-221534-demo",
        "game_day": "demo",
        "environment": "embedded",
        "started_epoch": 1_795_472_134.25,
        "duration": 521.7,
        "status": "completed",
        "status_reason": "",
        "outcome": "met",
        "exit_code": 0,
        "reasons": (),
        "canary_seconds": 2.31,
        "left_injected": (),
        "experiments": (),
        "not_run": (),
        "traffic": TRAFFIC,
        "simulator_version": "0.1.0",
        "seed": 4217,
    }
    return RunVerdict.model_validate(values | parts)


SAMPLES = {made.__name__: made() for made in (all_met, breached, inconclusive, interrupted, empty)}
