"""What the API answers when it cannot do what was asked.

ApiError                 carries status, code and details of the error contract
├── BadRequest           400, the body or a parameter cannot be read
├── Unauthorized         401, no valid credentials
├── NotFound             404
├── Conflict             409, the state forbids it
├── TooLarge             413
├── Unprocessable        422, readable but not acceptable
├── Locked               423, the account is locked
├── TooManyRequests      429
└── Unavailable          503, the database cannot serve this now
"""

import msgspec


class ApiError(Exception):
    """An answer of the error contract; `code` is stable for programs, `details` is for people."""

    status = 500

    def __init__(self, code: str, message: str, details: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.details = details
        self.retry_after = retry_after


class BadRequest(ApiError):
    """The request cannot be read."""

    status = 400


class Unauthorized(ApiError):
    """No valid credentials came with the request."""

    status = 401


class NotFound(ApiError):
    """The thing does not exist, or is not the caller's."""

    status = 404


class Conflict(ApiError):
    """The present state forbids it."""

    status = 409


class TooLarge(ApiError):
    """The body exceeds the limit."""

    status = 413


class Unprocessable(ApiError):
    """Readable, but the values are not acceptable."""

    status = 422


class Locked(ApiError):
    """Too many failed logins."""

    status = 423


class TooManyRequests(ApiError):
    """The client's rate limit is spent."""

    status = 429


class Unavailable(ApiError):
    """The database cannot serve this now; trying again later may help."""

    status = 503


class ErrorBody(msgspec.Struct, frozen=True):
    """The error contract as it goes over the wire."""

    error: str
    code: str
    details: str


def render(message: str, code: str, details: str = "") -> bytes:
    """Return the JSON body of the error contract."""
    return msgspec.json.encode(ErrorBody(message, code, details))
