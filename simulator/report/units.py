"""Values as people read them, from Grafana's unit ids."""

_PREFIXES = (("", 1.0), (" k", 1e3), (" M", 1e6), (" G", 1e9), (" T", 1e12))
_BINARY = ((" B", 1.0), (" KiB", 1024.0), (" MiB", 1024.0**2), (" GiB", 1024.0**3), (" TiB", 1024.0**4))
_DECIMAL = ((" B", 1.0), (" kB", 1e3), (" MB", 1e6), (" GB", 1e9), (" TB", 1e12))
_TIMES = ((" µs", 1e-6), (" ms", 1e-3), (" s", 1.0))
_RATES = {"reqps": " req/s", "ops": "/s", "cps": "/s", "rps": "/s", "wps": "/s", "opm": "/min", "cpm": "/min"}


def amount(value: float, unit: str) -> str:
    """`38 %`, `2.3 s`, `64 MiB`, `118 req/s`, never broken over lines; an unknown unit stands behind the number."""
    return _amount(value, unit).replace(" ", "\u00a0")


def _amount(value: float, unit: str) -> str:
    if unit in ("percentunit", "percent"):
        return f"{_short(value * (100.0 if unit == 'percentunit' else 1.0))} %"
    if unit in ("s", "ms"):
        return _scaled(value * (1.0 if unit == "s" else 1e-3), _TIMES, zero=" s")
    if unit in ("bytes", "decbytes"):
        return _scaled(value, _BINARY if unit == "bytes" else _DECIMAL, zero=" B")
    if unit in _RATES:
        return f"{_short(value)}{_RATES[unit]}"
    number = _scaled(value, _PREFIXES, zero="")
    return number if unit in ("", "short", "none") else f"{number} {unit}"


def _scaled(value: float, steps: tuple[tuple[str, float], ...], zero: str) -> str:
    """In the largest step that leaves at least 1 before the point."""
    if value == 0:
        return f"0{zero}"
    fitting = [step for step in steps if abs(value) >= step[1]] or [steps[0]]
    name, size = fitting[-1]
    return f"{_short(value / size)}{name}"


def _short(value: float) -> str:
    """Three figures, never in powers of ten."""
    size = abs(value)
    if size >= 100:  # noqa: PLR2004  # three figures before the point
        return f"{value:,.0f}".replace(",", "\u202f")
    digits = 1 if size >= 10 else 2  # noqa: PLR2004  # two figures before the point
    rounded = f"{value:.{digits}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded
