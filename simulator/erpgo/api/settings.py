"""Settings of the API, read once from the environment into frozen values."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.base.addresses import ENCODE, is_well_formed
from simulator.erpgo.api.security.addresses import Network

_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_LOG_LEVELS = ("debug", "info", "warning", "error")
# RFC 7518, section 3.2: an HS256 key is at least as long as its hash.
_SHORTEST_SECRET = 32


class BadSetting(ValueError):
    """A setting cannot be used; the message names it, its value and what would be accepted."""


def parse_duration(text: str) -> float:
    """Read a duration written as in Go ("15m", "1h30m", "200ms") and return seconds.

    Raises:
        ValueError: when the text is not a duration.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration such as 30s, 15m or 1h30m")
    return sum(float(amount) * _UNIT_SECONDS[unit] for amount, unit in _PART.findall(text))


@dataclass(frozen=True)
class DatabaseSettings:
    """How to reach PostgreSQL; all waits in seconds."""

    url: str = field(repr=False)
    """Without a password in it libpq takes that of PGPASSWORD."""
    max_connections: int
    min_connections: int
    acquire_timeout: float
    lock_timeout: float
    statement_timeout: float


@dataclass(frozen=True)
class CacheSettings:
    """How to reach Redis, and how long a product read stays cached, in seconds."""

    url: str = field(repr=False)
    password: str = field(repr=False)
    """Used when the URL has none; empty: none."""
    pool_size: int
    product_ttl: float


@dataclass(frozen=True)
class TokenSettings:
    """Signing of access tokens; the life of one in seconds."""

    secret: str = field(repr=False)
    expiry: float


@dataclass(frozen=True)
class HashingSettings:
    """Cost of one argon2id hash.

    The defaults are cheap on purpose: this service stands in for ERPGo on a shared machine, and
    thousands of logins are part of its traffic. They are far below OWASP's advice for production.
    """

    memory_kib: int
    time_cost: int


@dataclass(frozen=True)
class ProtectionSettings:
    """Rate limit per client address (requests a second, burst) and lockout per account (seconds)."""

    rate_limit_enabled: bool
    rate: float
    burst: int
    max_login_attempts: int
    lockout_duration: float
    trusted_proxies: frozenset[Network]


@dataclass(frozen=True)
class ServerSettings:
    """Where to listen, how this process names itself, and its memory limit in bytes.

    Only with a chaos token can the service be harmed on request, by those who know it.
    """

    host: str
    port: int
    instance: str
    environment: str
    """What it says it belongs to, so that nobody takes one environment for another."""
    log_level: str
    memory_limit: int
    chaos_token: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Everything the API can be told."""

    server: ServerSettings
    database: DatabaseSettings
    cache: CacheSettings
    tokens: TokenSettings
    hashing: HashingSettings
    protection: ProtectionSettings


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings.

    Raises:
        BadSetting: naming the first setting that is missing or cannot be used.
    """
    source = _Environment(environ)
    return Settings(
        server=_server(source),
        database=_database(source),
        cache=CacheSettings(
            url=source.address("REDIS_URL", "redis://127.0.0.1:6379/0", "REDIS_PASSWORD"),
            password=source.text("REDIS_PASSWORD", ""),
            pool_size=source.whole("REDIS_POOL_SIZE", 10),
            product_ttl=source.seconds("CACHE_PRODUCT_TTL", "15m"),
        ),
        tokens=TokenSettings(secret=source.secret("JWT_SECRET"), expiry=source.seconds("JWT_EXPIRY", "24h")),
        hashing=HashingSettings(
            memory_kib=source.whole("ARGON2_MEMORY_KIB", 8192, least=8),
            time_cost=source.whole("ARGON2_TIME_COST", 1),
        ),
        protection=_protection(source),
    )


def _server(source: "_Environment") -> ServerSettings:
    return ServerSettings(
        host=source.text("SERVER_HOST", "127.0.0.1"),
        port=source.whole("SERVER_PORT", 8080, most=65535),
        instance=source.text("SERVER_INSTANCE", ""),
        environment=source.text("SERVER_ENVIRONMENT", "development"),
        log_level=source.choice("LOG_LEVEL", "info", _LOG_LEVELS),
        memory_limit=source.whole("SERVER_MEMORY_LIMIT_BYTES", 512 * 1024 * 1024),
        chaos_token=source.secret("SERVER_CHAOS_TOKEN") if source.text("SERVER_CHAOS_TOKEN", "") else "",
    )


def _database(source: "_Environment") -> DatabaseSettings:
    settings = DatabaseSettings(
        url=source.address("DATABASE_URL", "postgresql://erpgo@127.0.0.1:5432/erp", "PGPASSWORD"),
        max_connections=source.whole("MAX_CONNECTIONS", 20),
        min_connections=source.whole("MIN_CONNECTIONS", 5, least=0),
        acquire_timeout=source.seconds("DATABASE_ACQUIRE_TIMEOUT", "2s"),
        lock_timeout=source.seconds("DATABASE_LOCK_TIMEOUT", "4s"),
        statement_timeout=source.seconds("DATABASE_STATEMENT_TIMEOUT", "5s"),
    )
    if settings.min_connections > settings.max_connections:
        raise BadSetting(
            f"MIN_CONNECTIONS={settings.min_connections} exceeds MAX_CONNECTIONS={settings.max_connections}"
        )
    return settings


def _protection(source: "_Environment") -> ProtectionSettings:
    return ProtectionSettings(
        rate_limit_enabled=source.choice("RATE_LIMIT_ENABLED", "true", ("true", "false")) == "true",
        rate=source.whole("RATE_LIMIT_RPS", 100),
        burst=source.whole("RATE_LIMIT_BURST", 200),
        max_login_attempts=source.whole("MAX_LOGIN_ATTEMPTS", 5),
        lockout_duration=source.seconds("LOCKOUT_DURATION", "15m"),
        trusted_proxies=source.networks("SERVER_TRUSTED_PROXIES", "127.0.0.1,::1"),
    )


@dataclass(frozen=True)
class _Environment:
    """Typed look-ups in the environment; every refusal names the variable."""

    values: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        return self.values.get(name, "") or default

    def secret(self, name: str) -> str:
        value = self.values.get(name, "")
        if len(value.encode()) < _SHORTEST_SECRET:
            raise BadSetting(
                f"{name} has {len(value.encode())} bytes, at least {_SHORTEST_SECRET} are needed; "
                "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return value

    def address(self, name: str, default: str, password: str) -> str:
        """An address whose credentials, if any, nobody can take for a host; `password` is the variable beside it."""
        text = self.text(name, default)
        if not is_well_formed(text):
            raise BadSetting(f"{name} is not well-formed: {ENCODE}; or put the password into {password}")
        return text

    def whole(self, name: str, default: int, *, least: int = 1, most: int = 2**63) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise BadSetting(f"{name}={text!r} is not a whole number from {least} to {most}")
        return int(text)

    def seconds(self, name: str, default: str) -> float:
        text = self.text(name, default)
        try:
            value = parse_duration(text)
        except ValueError as error:
            raise BadSetting(f"{name}: {error}") from None
        if value <= 0:
            raise BadSetting(f"{name}={text!r} must be longer than nothing")
        return value

    def networks(self, name: str, default: str) -> frozenset[Network]:
        text = self.text(name, default)
        try:
            return frozenset(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
        except ValueError as error:
            raise BadSetting(
                f"{name}: {error}; write addresses or networks, as in 127.0.0.1,10.0.0.0/8"
            ) from None

    def choice(self, name: str, default: str, known: tuple[str, ...]) -> str:
        text = self.text(name, default).lower()
        if text not in known:
            raise BadSetting(f"{name}={text!r} is not one of {', '.join(known)}")
        return text
