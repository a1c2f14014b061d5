"""What keeps alerts back, and whether it can."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from simulator.base.names import some
from simulator.lint.carried import Carried
from simulator.lint.estate import Estate
from simulator.lint.files.alertmanager import Inhibition
from simulator.lint.files.rules import Rule
from simulator.lint.finding import Found, check
from simulator.lint.problems import Place
from simulator.plan.matchers import Matcher

_NEEDS = "rules, Alertmanager"


@check(
    "inhibit/never",
    "warn",
    why="Both alerts page for one cause, although somebody has taken the trouble to prevent it.",
    needs=_NEEDS,
)
def never(estate: Estate) -> Iterator[Found]:
    """An inhibition whose labels in `equal` differ for every alert that can be its source and every one that can be its target."""
    if estate.alertmanager is None or not estate.knows_all_rules or not estate.alerts:
        return
    for inhibition in estate.alertmanager.inhibitions:
        sources, targets = (_fitting(estate, side) for side in (inhibition.source, inhibition.target))
        if not sources or not targets:
            side = "source" if not sources else "target"
            yield _found(
                inhibition, f"no alert of the rules can be its {side}", f"correct the {side}'s matchers"
            )
            continue
        differing = [label for label in inhibition.equal if _never_equal(estate, sources, targets, label)]
        if differing:
            yield _found(
                inhibition,
                f"{some(differing)} is never the same on both sides: {_values(estate, sources, differing[0])} there,"
                f" {_values(estate, targets, differing[0])} here",
                f"leave {some(differing)} out of equal:, or name a label that both have",
            )


def _found(inhibition: Inhibition, what: str, fix: str) -> Found:
    subject = " ".join(str(one) for one in inhibition.source) or "inhibit_rules"
    return Found(inhibition.place, subject, f"it keeps nothing back: {what}", fix)


def _fitting(estate: Estate, matchers: Sequence[Matcher]) -> list[Rule]:
    """The alerts that may fit, by what is known of their labels."""
    return [
        rule for rule in estate.alerts if all(_may_fit(estate.labels[rule.place], one) for one in matchers)
    ]


def _may_fit(labels: Carried, matcher: Matcher) -> bool:
    if matcher.label in labels.sure:
        return matcher.matches(labels.sure)
    return labels.may_have(matcher.label) or matcher.matches({})


def _never_equal(estate: Estate, sources: Sequence[Rule], targets: Sequence[Rule], label: str) -> bool:
    """Whether a label is known of all of them, and no source has it as another alert that is a target has it."""
    there, here = (_by_value(estate, side, label) for side in (sources, targets))
    if None in there or None in here:
        return False
    # A rule that is on both sides is the same as itself, and keeps nothing back.
    return all(len(there[value] | here[value]) == 1 for value in there.keys() & here.keys())


def _by_value(estate: Estate, rules: Sequence[Rule], label: str) -> Mapping[str | None, set[Place]]:
    """The rules by their value of a label, which is empty where it cannot be there; None: a value that nobody knows."""
    found: dict[str | None, set[Place]] = defaultdict(set)
    for rule in rules:
        known = estate.labels[rule.place]
        found[known.sure.get(label) if known.may_have(label) else ""].add(rule.place)
    return found


def _values(estate: Estate, rules: Sequence[Rule], label: str) -> str:
    return some(sorted({estate.labels[rule.place].sure.get(label, "nothing") for rule in rules}), 2)


@check(
    "inhibit/everything",
    "error",
    why="One alert keeps back others that have nothing to do with it, so their pages never come.",
    needs=_NEEDS,
)
def everything(estate: Estate) -> Iterator[Found]:
    """An inhibition that compares nothing: `equal` is empty and any source will do, or its labels are on neither side.

    Two labels that are missing are equal for Alertmanager. An inhibition whose source can be one alert only is meant.
    """
    if estate.alertmanager is None:
        return
    for inhibition in estate.alertmanager.inhibitions:
        if any(one.label == "alertname" and one.op == "=" for one in inhibition.source):
            continue
        if not inhibition.equal:
            if estate.knows_all_rules and len(_fitting(estate, inhibition.source)) <= 1:
                continue
            yield Found(
                inhibition.place,
                " ".join(str(one) for one in inhibition.source) or "inhibit_rules",
                "nothing has to be equal, so any alert that fits the source keeps back all that fit the target",
                "name under equal: what makes two alerts belong together, as in [cluster, service]",
            )
            continue
        yield from _on_neither_side(estate, inhibition)


def _on_neither_side(estate: Estate, inhibition: Inhibition) -> Iterator[Found]:
    def lacks(rule: Rule) -> bool:
        return not any(estate.labels[rule.place].may_have(label) for label in inhibition.equal)

    sources = [rule for rule in _fitting(estate, inhibition.source) if lacks(rule)]
    targets = [rule for rule in _fitting(estate, inhibition.target) if lacks(rule)]
    for source in sources:
        kept = [rule.name for rule in targets if rule.name != source.name]
        if kept:
            yield Found(
                source.place,
                source.name,
                f"{source.name} has none of {', '.join(inhibition.equal)}, which the inhibition in"
                f" {inhibition.place} compares, and so keeps back {some(sorted(set(kept)))}, which have none either",
                f"give {source.name} the label {inhibition.equal[0]}",
                cause=f"the inhibition in {inhibition.place}",
            )
