"""Access and refresh tokens: JSON web tokens signed with HS256."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import jwt

from simulator.erpgo.api.errors import Unauthorized
from simulator.erpgo.api.settings import TokenSettings

ACCESS = "access"
REFRESH = "refresh"
_ALGORITHM = "HS256"
# A refresh token lives seven times as long as an access token: a week beside ERPGo's day.
_REFRESH_FACTOR = 7
_REMEMBERED = 4096
_CLAIMS = ["exp", "iat", "jti", "sub", "sid", "type", "user_type", "customer_type"]


class TokenExpired(Unauthorized):
    """The token was good once."""


class TokenInvalid(Unauthorized):
    """The token was never good, is of the wrong type, or was revoked."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token speaks for."""

    account_id: uuid.UUID
    user_type: str
    customer_type: str


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token; `expires_at` in seconds since the epoch."""

    principal: Principal
    token_id: str
    token_type: str
    session_id: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login hands out; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    session_id: str
    session_expires_at: float


class Tokens:
    """Issues and verifies; `clock` gives seconds since the epoch, `session_life` is a refresh token's, in seconds."""

    def __init__(self, settings: TokenSettings, clock: Callable[[], float]) -> None:
        self._secret = settings.secret
        self._expiry = settings.expiry
        self._clock = clock
        self.session_life = settings.expiry * _REFRESH_FACTOR
        # The key's length is checked when the settings are read; expiry is judged by our clock below.
        self._options: jwt.types.Options = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False}
        # A client sends the same token with every request; only good ones are remembered.
        self._read = lru_cache(_REMEMBERED)(self._decode)

    def issue(self, principal: Principal, session_id: str) -> TokenPair:
        return TokenPair(
            access_token=self._sign(principal, session_id, ACCESS, self._expiry),
            refresh_token=self._sign(principal, session_id, REFRESH, self.session_life),
            expires_in=int(self._expiry),
            session_id=session_id,
            session_expires_at=self._clock() + self.session_life,
        )

    def verify(self, text: str, token_type: str) -> Token:
        """Return what a token says.

        Raises:
            TokenExpired: it was good once.
            TokenInvalid: its signature, type or content is not ours.
        """
        token = self._read(text)
        if token.token_type != token_type:
            raise TokenInvalid("token_invalid", f"This needs a token of type {token_type}.")
        if token.expires_at <= self._clock():
            raise TokenExpired("token_expired", "The token has expired; refresh it or log in again.")
        return token

    def _decode(self, text: str) -> Token:
        try:
            claims = jwt.decode(text, self._secret, algorithms=[_ALGORITHM], options=self._options)
            return Token(
                Principal(uuid.UUID(claims["sub"]), claims["user_type"], claims["customer_type"]),
                claims["jti"],
                claims["type"],
                claims["sid"],
                float(claims["exp"]),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise TokenInvalid("token_invalid", "The token is not valid; log in again.") from error

    def _sign(self, principal: Principal, session_id: str, token_type: str, life: float) -> str:
        now = int(self._clock())
        claims = {
            "sub": str(principal.account_id),
            "jti": uuid.uuid4().hex,
            "sid": session_id,
            "type": token_type,
            "user_type": principal.user_type,
            "customer_type": principal.customer_type,
            "iat": now,
            "exp": int(now + life),
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)
