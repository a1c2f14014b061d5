"""Passwords of any characters, and what of them is found in a text."""

from hypothesis import strategies as st

AWKWARD = "/@:%$#?&+\\'\"` =;{}[]<>|~!*(),.é€漢\N{GRINNING FACE}${b}"
"""What addresses, shells, SQL, YAML and configuration files have uses of their own for."""
_OTHERS = st.sampled_from("qzxjQZXJ79") | st.characters(
    codec="utf-8", min_codepoint=0xA1, exclude_categories=["C", "Z"]
)
"""Letters of which no word that a message may use is made."""
PASSWORDS = st.text(st.sampled_from(AWKWARD) | _OTHERS, min_size=6, max_size=24).filter(
    lambda text: text == text.strip()
)
"""Without control characters, which no variable of the environment and no header has."""
FRAGMENT = 4


def fragments_in(text: str, secret: str, *besides: str) -> list[str]:
    """The pieces of a secret, of at least four characters, that a text repeats; not those that `besides` has."""
    pieces = {secret[at : at + FRAGMENT] for at in range(len(secret) - FRAGMENT + 1)}
    return sorted(piece for piece in pieces if piece in text and not any(piece in one for one in besides))
