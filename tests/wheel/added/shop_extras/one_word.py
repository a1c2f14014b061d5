"""The outcome, and nothing else."""

from simulator.report.contract import Format

FORMAT = Format("one-word", "outcome.txt", lambda verdict: verdict.outcome.encode())
