"""Fakes of the outermost edge, hand-written, in one place: the clock and the outside systems."""
