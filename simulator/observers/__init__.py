"""Observers: read-only looks at one source each, written into the journal. They never judge.

A module of this package that holds an `OBSERVER` is an observer: one new file adds one.
"""

from simulator.observers.contract import Observer, Scene
from simulator.observers.registry import observers

__all__ = ["Observer", "Scene", "observers"]
