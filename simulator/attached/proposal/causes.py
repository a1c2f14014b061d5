"""Which alerts say that something is gone, and what: those are the alerts that a known fault can cause."""

from collections.abc import Iterator, Mapping, Sequence

from promql_parser import BinaryExpr, Call, Expr, NumberLiteral, ParenExpr, VectorSelector

from simulator.attached.proposal.seen import TELLTALES, Job
from simulator.base.promql import parsed
from simulator.doors.prometheus import LoadedRule
from simulator.plan.promql import matches

_GONE = {"up": "", "probe_success": "", **TELLTALES}
"""Metrics that are 0 where something does not answer, and the kind of job whose service that is."""
_PROBED = "probe_success"


def service_behind(rule: LoadedRule, jobs: Sequence[Job], services: Mapping[str, Job]) -> str:
    """The first of some services that has to be gone for the rule to fire; empty: none, or nobody can tell."""
    try:
        selectors = list(_missed(parsed(rule.expr)))
    except ValueError:
        return ""
    behind = (
        name for selector in selectors for name, job in services.items() if _is_missed(job, selector, jobs)
    )
    return next(behind, "")


def _missed(node: Expr) -> Iterator[VectorSelector]:
    """What has to be 0, or absent, for the condition to hold."""
    if isinstance(node, ParenExpr):
        yield from _missed(node.expr)
    elif isinstance(node, BinaryExpr) and str(node.op) in ("and", "or", "unless"):
        yield from _missed(node.lhs)
        yield from _missed(node.rhs) if str(node.op) == "or" else ()
    elif (isinstance(node, BinaryExpr) and _is_zero(node)) or (
        isinstance(node, Call) and node.func.name == "absent"
    ):
        yield from _selectors(node)


def _is_zero(node: BinaryExpr) -> bool:
    if not isinstance(node.rhs, NumberLiteral):
        return False
    return (str(node.op), node.rhs.val) in (("==", 0), ("<", 1), ("!=", 1))


def _selectors(node: Expr) -> Iterator[VectorSelector]:
    if isinstance(node, VectorSelector) and node.name in _GONE:
        yield node
    for child in (
        *(getattr(node, name, None) for name in ("lhs", "expr")),
        *(getattr(node, "args", None) or ()),
    ):
        if child is not None:
            yield from _selectors(child)


def _selects(selector: VectorSelector, job: Job) -> bool:
    return all(matches(one, job.name) for one in selector.matchers.matchers if one.name == "job")


def _is_missed(service: Job, selector: VectorSelector, jobs: Sequence[Job]) -> bool:
    """Whether it is the service that does not answer: behind the exporter of a database, `up` speaks of the exporter."""
    if selector.name == _PROBED:
        return _is_probed(service, selector, jobs)
    return _GONE[str(selector.name)] == service.kind and _selects(selector, service)


def _is_probed(service: Job, selector: VectorSelector, jobs: Sequence[Job]) -> bool:
    """Whether a prober that is meant asks at an address of the service."""
    return any(
        job.kind == "prober" and _selects(selector, job) and job.addresses & service.addresses for job in jobs
    )
