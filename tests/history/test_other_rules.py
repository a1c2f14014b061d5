"""Which rules were other ones in another run."""

from simulator.history.spread import other_rules
from simulator.judge.loaded import RuleSet
from simulator.judge.verdict import RunVerdict
from simulator.plan.identity import Identity
from tests.history.many import run_of


def ran_with(**digests: str) -> RunVerdict:
    rules = tuple(Identity(alert=name) for name in digests)
    seen = RuleSet(name="x", digest="0", alerts=tuple(digests), rules=rules, digests=tuple(digests.values()))
    return run_of(1, ()).model_copy(update={"rule_set": seen})


def test_a_rule_that_changed_is_named_and_no_other() -> None:
    before, after = ran_with(Down="a", Slow="b", Gone="c"), ran_with(Down="a", Slow="z", New="d")
    assert other_rules(before, after) == ["Slow"]
    assert other_rules(before, before) == []


def test_of_namesakes_that_cannot_be_told_apart_a_change_is_seen_all_the_same() -> None:
    twice = (Identity(alert="Down"), Identity(alert="Down"))
    seen = RuleSet(name="x", digest="0", alerts=("Down", "Down"), rules=twice, digests=("a", "b"))
    first = run_of(1, ()).model_copy(update={"rule_set": seen})
    swapped = first.model_copy(update={"rule_set": seen.model_copy(update={"digests": ("b", "a")})})
    other = first.model_copy(update={"rule_set": seen.model_copy(update={"digests": ("a", "c")})})
    assert (other_rules(first, swapped), other_rules(first, other)) == ([], ["Down"])


def test_a_run_that_recorded_none_says_nothing() -> None:
    assert other_rules(run_of(1, ()), ran_with(Down="a")) == []
    assert other_rules(ran_with(Down="a"), run_of(1, ())) == []
