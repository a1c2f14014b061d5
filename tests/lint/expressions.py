"""Random PromQL, mostly valid: the same for the same seed."""

import random

METRICS = ("a_total", "b_bucket", "up", "job:c:rate5m", "d")
LABELS = ("job", "instance", "code", "le")
VALUES = ("x", "5..", "a|b", "", ".+")
SPANS = ("15s", "1m", "5m", "1h30m", "1d", "500ms")
RATES = ("rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets")
OVER_TIME = ("avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time", "present_over_time", "stddev_over_time", "absent_over_time")  # fmt: skip
PLAIN = (
    "abs",
    "ceil",
    "floor",
    "exp",
    "ln",
    "sqrt",
    "sgn",
    "timestamp",
    "sort",
    "absent",
    "day_of_week",
    "hour",
)
AGGREGATIONS = ("sum", "min", "max", "avg", "count", "group", "stddev", "stdvar")
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
COMPARED = ("==", "!=", ">", "<", ">=", "<=")
SETS = ("and", "or", "unless")
NUMBERS = ("0", "1", "0.5", "1e3", "-2", "Inf", "NaN", "0x1f", "100")
BROKEN = (("(", ""), (")", ""), ("[", ""), ("rate", "rats"), ("{", ""), ("by", "buy"), (",", ",,"), ('"', ""), ("5m", "5"), (" > ", " >> "), ("sum", "sum sum"))  # fmt: skip


class Expressions:
    """Draws one expression after the other."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def any(self) -> str:
        """One in six is broken somewhere."""
        text = self.vector(3)
        if self._chance.random() < 1 / 6:
            old, new = self._chance.choice(BROKEN)
            text = text.replace(old, new, 1)
        return text

    def vector(self, depth: int) -> str:
        """An instant vector."""
        if depth == 0:
            return self._selector(0)
        kinds = (self._selector, self._call, self._aggregated, self._operation, self._operation, self._other)
        return self._chance.choice(kinds)(depth - 1)

    def _selector(self, _depth: int) -> str:
        matchers = [
            f'{self._one(LABELS)}{self._one(("=", "!=", "=~", "!~"))}"{self._one(VALUES)}"'
            for _ in range(self._chance.randint(0, 2))
        ]
        name = self._one(METRICS)
        text = f"{name}{{{','.join(matchers)}}}" if matchers or self._maybe(0.1) else name
        return text + (f" offset {self._one(SPANS)}" if self._maybe(0.1) else "")

    def _matrix(self, depth: int) -> str:
        if self._maybe(0.2):
            return f"({self.vector(depth)})[{self._one(SPANS)}:{self._one(('', '1m', '15s'))}]"
        name, span = self._one(METRICS), self._one(SPANS)
        at = self._one(("", "", "", f" offset {self._one(SPANS)}", " @ 100", " @ end()"))
        return f"{name}[{span}]{at}"

    def _call(self, depth: int) -> str:
        kind = self._chance.randint(0, 5)
        if kind <= 1:
            return f"{self._one(RATES)}({self._matrix(depth)})"
        if kind == 2:
            return f"{self._one(OVER_TIME)}({self._matrix(depth)})"
        if kind == 3:
            return f"{self._one(PLAIN)}({self.vector(depth)})"
        if kind == 4:
            return f"histogram_quantile({self._one(('0.9', '0.5'))}, {self.vector(depth)})"
        return f'label_replace({self.vector(depth)}, "{self._one(LABELS)}", "$1", "job", "(.*)")'

    def _aggregated(self, depth: int) -> str:
        labels = ", ".join(self._chance.sample(LABELS, self._chance.randint(0, 2)))
        grouped = self._one(("", f" by ({labels})", f" without ({labels})"))
        inside = self.vector(depth)
        kind = self._one((*AGGREGATIONS, "topk", "quantile"))
        argument = {"topk": "3, ", "quantile": "0.9, "}.get(kind, "")
        if self._maybe(0.5):
            return f"{kind}{grouped} ({argument}{inside})"
        return f"{kind}({argument}{inside}){grouped}"

    def _operation(self, depth: int) -> str:
        left, right = self.vector(depth), self.vector(depth)
        kind = self._chance.randint(0, 3)
        matching = self._one(("", "", " on (job)", " ignoring (code)", " on ()"))
        if kind == 0:
            return f"{left} {self._one(SETS)}{matching} {right}"
        if kind == 1:
            return f"{left} {self._one(COMPARED)}{self._one(('', '', ' bool'))} {self._one(NUMBERS)}"
        if kind == 2:
            grouped = self._one(("", "", " group_left ()", " group_right (code)")) if matching else ""
            return f"({left}) {self._one(ARITHMETIC)}{matching}{grouped} ({right})"
        return f"{self._one(NUMBERS)} {self._one(ARITHMETIC)} ({left})"

    def _other(self, depth: int) -> str:
        return self._one(
            (
                f"({self.vector(depth)})",
                f"-{self.vector(depth)}",
                "vector(1)",
                "time() - d",
                f"clamp_min({self.vector(depth)}, 1)",
            )
        )

    def _one(self, of: tuple[str, ...]) -> str:
        return self._chance.choice(of)

    def _maybe(self, share: float) -> bool:
        return self._chance.random() < share
