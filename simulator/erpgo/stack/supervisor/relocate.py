"""Makes Debian's unpacked Alertmanager run from where it lies.

Debian compiled the folder of its notification templates into `prometheus-alertmanager` and `amtool`, and both
refuse to work when it is missing. No option names another one. In our own copy the path is therefore made
relative, with the same length, and a wrapper enters the unpacked package first. The wrapper replaces itself, so the
process is still the server's own. File arguments must be absolute.
"""

from pathlib import Path

_COMPILED_IN = b"/usr/share/prometheus/alertmanager"
_RELATIVE = b"usr//share/prometheus/alertmanager"
_WRAPPER = """#!/bin/sh
cd "$(dirname "$0")/../.." && exec ./{program} "$@"
"""


def relocate(unpacked: Path) -> None:
    """Change every program of an unpacked package that needs it; others are left as they are."""
    for program in (unpacked / "usr/bin").iterdir():
        content = program.read_bytes()
        if _COMPILED_IN in content:
            real = unpacked / "usr/lib" / program.name
            real.parent.mkdir(exist_ok=True)
            real.write_bytes(content.replace(_COMPILED_IN, _RELATIVE))
            real.chmod(0o755)
            program.write_text(_WRAPPER.format(program=real.relative_to(unpacked)))
