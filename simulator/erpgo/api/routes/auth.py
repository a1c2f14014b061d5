"""Accounts and sessions: register, log in, refresh, log out."""

import re
import time
import uuid
from typing import Annotated

import msgspec
from psycopg.errors import UniqueViolation

from simulator.erpgo.api.errors import Conflict, Locked, Unauthorized, Unprocessable
from simulator.erpgo.api.http import Access, Answer, Call, Operation, verify_token
from simulator.erpgo.api.logs import logger
from simulator.erpgo.api.security.tokens import ACCESS, REFRESH, Principal, Token, TokenInvalid, TokenPair
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.store import accounts
from simulator.erpgo.api.store.accounts import Account, User
from simulator.erpgo.api.wire import encode

_EMAIL = re.compile(r"[^@\s\0]+@[^@\s\0]+\.[^@\s\0]+")
_log = logger("auth")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
# Beyond argon2's own limits there is nothing to gain, and a long password costs time to hash.
Password = Annotated[str, msgspec.Meta(max_length=200)]


class Registration(msgspec.Struct, frozen=True):
    """The body of POST /auth/register."""

    email: Annotated[str, msgspec.Meta(max_length=200)]
    username: Name
    password: Annotated[str, msgspec.Meta(min_length=8, max_length=200)]
    first_name: Name
    last_name: Name


class Credentials(msgspec.Struct, frozen=True):
    """The body of POST /auth/login."""

    email: Annotated[str, msgspec.Meta(max_length=200)]
    password: Password


class RefreshRequest(msgspec.Struct, frozen=True):
    """The body of POST /auth/refresh."""

    refresh_token: str


class Registered(msgspec.Struct, frozen=True):
    """The answer to a registration."""

    user: User


class LoggedIn(msgspec.Struct, frozen=True):
    """The answer to a login."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str
    user: User


class Refreshed(msgspec.Struct, frozen=True):
    """The answer to a refresh; the old refresh token is spent, and using it again ends the session."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str


class LoggedOut(msgspec.Struct, frozen=True):
    """The answer to a logout."""

    status: str = "logged_out"


async def register(services: Services, call: Call) -> Answer:
    """POST /auth/register."""
    wanted = call.body(Registration)
    if not _EMAIL.fullmatch(wanted.email):
        raise Unprocessable("validation_failed", "email must be an email address.", wanted.email)
    if "\0" in wanted.username + wanted.first_name + wanted.last_name:
        raise Unprocessable("validation_failed", "Names must not contain NUL characters.")
    user = User(
        uuid.uuid4(),
        wanted.email.lower(),
        wanted.username,
        wanted.first_name,
        wanted.last_name,
        "customer",
        "retail",
    )
    password_hash = await services.passwords.hash(wanted.password)
    try:
        async with services.database.session() as session:
            await accounts.insert(session, user, password_hash)
    except UniqueViolation:
        raise Conflict("email_taken", "An account with this email address exists.", user.email) from None
    services.metrics.users.registered(user.user_type)
    return Answer(encode(Registered(user)), 201)


async def log_in(services: Services, call: Call) -> Answer:
    """POST /auth/login."""
    credentials = call.body(Credentials)
    email = credentials.email.lower()
    services.metrics.security.attempts.labels("password").inc()
    _refuse_locked(services, email, call.address)
    account = await _find(services, email)
    matches = await services.passwords.verify(
        account.password_hash if account else None, credentials.password
    )
    if account is None or not matches:
        services.lockout.failed(email)
        raise _refused(services, "invalid_credentials", call.address)
    if not account.active:
        raise _refused(services, "account_disabled", call.address)
    services.lockout.succeeded(email)
    services.metrics.security.successes.labels("password").inc()
    services.metrics.users.login(account.user.user_type, success=True)
    pair = _issue(services, _principal(account), uuid.uuid4().hex)
    answer = LoggedIn(pair.access_token, pair.refresh_token, pair.expires_in, "Bearer", account.user)
    return Answer(encode(answer))


async def refresh(services: Services, call: Call) -> Answer:
    """POST /auth/refresh."""
    wanted = call.body(RefreshRequest)
    security = services.metrics.security
    security.attempts.labels("refresh").inc()
    token = await verify_token(services, wanted.refresh_token, REFRESH, call.address)
    async with services.database.session() as session:
        active = await accounts.is_active(session, token.principal.account_id)
    if not active:
        raise _refused(services, "account_disabled", call.address)
    if not await services.revocations.revoke(token.token_id, token.expires_at - time.time()):
        raise await _reused(services, token, call.address)
    security.blacklisted.labels(REFRESH).inc()
    security.successes.labels("refresh").inc()
    pair = _issue(services, token.principal, token.session_id)
    return Answer(encode(Refreshed(pair.access_token, pair.refresh_token, pair.expires_in, "Bearer")))


async def log_out(services: Services, call: Call) -> Answer:
    """POST /auth/logout: ends the session, with its access and its refresh token."""
    token = call.bearer()
    await _end_session(services, token)
    for token_type in (ACCESS, REFRESH):
        services.metrics.security.blacklisted.labels(token_type).inc()
    return Answer(encode(LoggedOut()))


async def _reused(services: Services, token: Token, address: str) -> TokenInvalid:
    """Answer somebody who sends a spent refresh token: one of its two users stole it, so both are logged out."""
    await _end_session(services, token)
    services.metrics.security.events.labels("token_reuse").inc()
    services.metrics.security.auth_failed("token_invalid", address)
    return TokenInvalid("token_invalid", "The refresh token was used before; log in again.")


async def _end_session(services: Services, token: Token) -> None:
    await services.revocations.revoke(token.session_id, services.tokens.session_life)
    services.sessions.closed(token.session_id)


def _refuse_locked(services: Services, email: str, address: str) -> None:
    seconds = services.lockout.remaining(email)
    if seconds > 0:
        services.metrics.security.auth_failed("account_locked", address)
        services.metrics.users.login("customer", success=False)
        raise Locked(
            "account_locked",
            "Too many failed logins; the account is locked.",
            f"try again in {seconds:.0f} s",
            retry_after=seconds,
        )


async def _find(services: Services, email: str) -> Account | None:
    if "\0" in email:  # PostgreSQL's text cannot hold it, so no account has it
        return None
    async with services.database.session() as session:
        return await accounts.by_email(session, email)


def _refused(services: Services, reason: str, address: str) -> Unauthorized:
    services.metrics.security.auth_failed(reason, address)
    services.metrics.users.login("customer", success=False)
    _log.debug("login refused", reason=reason)
    # One wording for all reasons but a disabled account, whose password was right.
    message = "The account is disabled." if reason == "account_disabled" else "Email or password is wrong."
    return Unauthorized(reason, message)


def _principal(account: Account) -> Principal:
    return Principal(account.user.id, account.user.user_type, account.user.customer_type)


def _issue(services: Services, principal: Principal, session_id: str) -> TokenPair:
    pair = services.tokens.issue(principal, session_id)
    for token_type in (ACCESS, REFRESH):
        services.metrics.security.issued.labels(token_type).inc()
    services.sessions.opened(session_id, principal.user_type, pair.session_expires_at)
    return pair


OPERATIONS = (
    Operation("POST", "/auth/register", register),
    Operation("POST", "/auth/login", log_in),
    Operation("POST", "/auth/refresh", refresh),
    Operation("POST", "/auth/logout", log_out, Access.ACCOUNT),
)
