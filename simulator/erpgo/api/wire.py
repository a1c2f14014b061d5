"""JSON as it goes over the wire."""

import msgspec


class Paging(msgspec.Struct, frozen=True):
    """Where in a list an answer is."""

    page: int
    limit: int
    total: int
    total_pages: int


_encoder = msgspec.json.Encoder(decimal_format="number")


def paging(page: int, limit: int, total: int) -> Paging:
    """Return the paging block of a list with `total` entries."""
    return Paging(page, limit, total, -(-total // limit))


def encode(value: msgspec.Struct) -> bytes:
    """Encode an answer; amounts of money become JSON numbers."""
    return _encoder.encode(value)
