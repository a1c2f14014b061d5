"""What somebody else's package adds to the simulator: one of everything, a file each."""

from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"
