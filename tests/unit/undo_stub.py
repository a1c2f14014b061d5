"""Stands in for `simulator undo`: says how the engine fares, then undoes for as long as the gate is shut."""

import sys
import time
from pathlib import Path

folder, engine = Path(sys.argv[1]), sys.argv[2]
_, since = sys.argv[3:]  # what the guard adds: --dead-since SECONDS
try:
    state = Path(f"/proc/{engine}/stat").read_text().rpartition(")")[2].split()[0]
except FileNotFoundError:
    state = "gone"
dead = state in ("Z", "X", "gone") and float(since) <= time.monotonic()
sys.stdout.write(f"undoing after an engine that is {'dead' if dead else f'in state {state}'}\n")
sys.stdout.flush()
(folder / "gate").read_bytes()  # a named pipe: its end comes when the test opens and closes it
sys.stderr.write("undone\n")
