import time
import uuid

import jwt
import pytest

from simulator.erpgo.api.security.passwords import Passwords
from simulator.erpgo.api.security.tokens import ACCESS, REFRESH, Principal, TokenExpired, TokenInvalid, Tokens
from simulator.erpgo.api.settings import HashingSettings, TokenSettings

SECRET = "k" * 32
PRINCIPAL = Principal(uuid.uuid4(), "customer", "retail")


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def tokens(clock: Clock) -> Tokens:
    return Tokens(TokenSettings(secret=SECRET, expiry=60), clock)


def test_a_token_says_who_it_speaks_for() -> None:
    pair = tokens(Clock()).issue(PRINCIPAL, "session")
    token = tokens(Clock()).verify(pair.access_token, ACCESS)
    assert (token.principal, token.session_id, pair.expires_in) == (PRINCIPAL, "session", 60)


def test_a_token_expires_and_the_refresh_token_lives_longer() -> None:
    clock = Clock()
    mint = tokens(clock)
    pair = mint.issue(PRINCIPAL, "session")
    clock.now += 61
    with pytest.raises(TokenExpired):
        mint.verify(pair.access_token, ACCESS)
    assert mint.verify(pair.refresh_token, REFRESH).principal == PRINCIPAL


def test_a_token_of_the_other_type_is_refused() -> None:
    mint = tokens(Clock())
    with pytest.raises(TokenInvalid):
        mint.verify(mint.issue(PRINCIPAL, "session").refresh_token, ACCESS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        jwt.encode({"sub": "x"}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": str(uuid.uuid4())}, "z" * 32, algorithm="HS256"),
        jwt.encode({"sub": str(uuid.uuid4())}, None, algorithm="none"),
    ],
    # Names of their own: workers that run tests side by side have to agree on them.
    ids=["empty", "no token", "no claims", "another secret", "no signature"],
)
def test_a_token_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens(Clock()).verify(text, ACCESS)


async def test_passwords_are_verified_and_nobody_has_none() -> None:
    passwords = Passwords(HashingSettings(memory_kib=64, time_cost=1))
    stored = await passwords.hash("correct horse")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "wrong horse")
    assert not await passwords.verify(None, "the account does not exist")
    assert not await passwords.verify("no hash", "anything")
    passwords.close()
