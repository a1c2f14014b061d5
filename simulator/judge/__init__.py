"""The judge: a pure function from a journal's facts (the plan is the first) to a verdict."""

from simulator.judge.run import judge

__all__ = ["judge"]
