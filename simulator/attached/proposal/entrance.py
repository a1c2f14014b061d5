"""How somebody's Prometheus is reached before there is a file that says so."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from simulator.attached.address import Url
from simulator.attached.settings import Basic
from simulator.base.secret import SecretReference, revealed
from simulator.base.values import Value
from simulator.doors.endpoint import Certificates, Endpoint


class Entrance(Value):
    """An address and at most one way to say who asks. Secrets are references."""

    url: Url
    basic: Basic | None = None
    bearer: SecretReference | None = None
    ca: Path | None = None
    alertmanager: Url | None = None
    """None: as Prometheus itself says."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.basic is not None and self.bearer is not None:
            raise ValueError("give either --basic or --bearer")
        return self

    def endpoint(self, url: str) -> Endpoint:
        """An address, with the same credentials.

        Raises:
            BadInput: a secret cannot be had.
        """
        return Endpoint(
            url,
            user=self.basic.user if self.basic else "",
            password=revealed(self.basic.password) if self.basic else "",
            bearer=revealed(self.bearer) if self.bearer else "",
            certificates=Certificates(ca=self.ca),
        )
