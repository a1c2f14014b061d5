"""Accounts in PostgreSQL."""

import uuid

import msgspec

from simulator.erpgo.api.database import Query, Session

_BY_EMAIL = Query(
    "SELECT id, email, username, first_name, last_name, user_type, customer_type, password_hash, active "
    "FROM accounts WHERE email = %s",
    "select",
    "accounts",
)
_IS_ACTIVE = Query("SELECT active FROM accounts WHERE id = %s", "select", "accounts")
_INSERT = Query(
    "INSERT INTO accounts (id, email, username, first_name, last_name, user_type, customer_type, password_hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
    "insert",
    "accounts",
)


class User(msgspec.Struct, frozen=True):
    """An account as clients see it."""

    id: uuid.UUID
    email: str
    username: str
    first_name: str
    last_name: str
    user_type: str
    customer_type: str


class Account(msgspec.Struct, frozen=True):
    """An account with what only the service may see."""

    user: User
    password_hash: str
    active: bool


def _account(
    account_id: uuid.UUID,
    email: str,
    username: str,
    first_name: str,
    last_name: str,
    user_type: str,
    customer_type: str,
    password_hash: str,
    active: bool,
) -> Account:
    user = User(account_id, email, username, first_name, last_name, user_type, customer_type)
    return Account(user, password_hash, active)


async def by_email(session: Session, email: str) -> Account | None:
    """Find an account by its email address, which is stored in lower case."""
    return await session.first(_BY_EMAIL, (email,), _account)


async def is_active(session: Session, account_id: uuid.UUID) -> bool:
    """Tell whether an account exists and is not disabled."""
    return bool(await session.first(_IS_ACTIVE, (account_id,), bool))


async def insert(session: Session, user: User, password_hash: str) -> None:
    """Create an account; raises UniqueViolation when the address is taken."""
    await session.run(
        _INSERT,
        (
            user.id,
            user.email,
            user.username,
            user.first_name,
            user.last_name,
            user.user_type,
            user.customer_type,
            password_hash,
        ),
    )
