"""Whether the rules still worked when the watch was over: what ceased to be evaluated is quiet for no good reason."""

from collections.abc import Iterator

from simulator.journal.loaded import RulesAsked, Unwell
from simulator.judge.case import Case
from simulator.judge.causes import Broken
from simulator.plan.identity import differing
from simulator.plan.models import AlertExpectation

_SAID = {
    "err": "Prometheus could not evaluate {} at the end of the watch",
    "unknown": "Prometheus had not evaluated {} by the end of the watch",
    "gone": "Prometheus no longer had {} loaded at the end of the watch",
}


def unwell(case: Case, wanted: AlertExpectation) -> str:
    """Why the rule of an expected alert may not have worked; empty when it did, or where the journal does not say."""
    asked = _asked(case)
    if asked is None:
        return ""
    if asked.error:
        return _unknown(asked)
    identity = case.identity(wanted)
    return next((_told(one, "the rule") for one in asked.unwell if identity.agrees(one.rule)), "")


def unwell_besides(case: Case) -> Iterator[Broken]:
    """The same of all the rules whose alerts nobody expects or tolerates, and of the recordings that rules read."""
    asked = _asked(case)
    if asked is None:
        return
    if asked.error:
        said = f"{_unknown(asked)}: that nothing else fired proves nothing"
        yield Broken(cause="rules-unknown", text=said)
    named = [name for one in (case.experiment, *case.beside) for name in one.names(case.loaded)]
    for one in asked.unwell:
        if not any(name.agrees(one.rule) for name in named):
            short = one.rule.only(differing(one.rule.alert, case.loaded))
            said = f"{_told(one, str(short))}: that it did not fire proves nothing"
            yield Broken(cause="rules-unwell", text=said)


def _asked(case: Case) -> RulesAsked | None:
    """The last answer of the experiment. What its own fault did to Prometheus itself is no news."""
    asked = next(reversed(case.all(RulesAsked)), None)
    if asked is None or "prometheus" not in case.experiment.blinds:
        return asked
    return asked.model_copy(
        update={"error": "", "unwell": tuple(one for one in asked.unwell if one.health == "err")}
    )


def _unknown(asked: RulesAsked) -> str:
    return f"whether rules could be evaluated at the end of the watch is not known: {asked.error}"


def _told(one: Unwell, rule: str) -> str:
    said = _SAID[one.health].format(rule)
    return f"{said} ({one.error})" if one.error else said
