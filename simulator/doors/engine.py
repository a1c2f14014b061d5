"""How a Docker engine is reached: at the address it was checked under, past everything that could lead elsewhere."""

from typing import Any

import docker
from docker.errors import APIError
from docker.tls import TLSConfig

from simulator.base.dockerhost import DockerHost

TIMEOUT = 8
"""Seconds for one answer of the engine."""


class _Api(docker.APIClient):
    """A session that goes where it is told, from its first question on."""

    @property
    def trust_env(self) -> bool:
        """No proxy and no .netrc of the environment's."""
        return False

    @trust_env.setter
    def trust_env(self, value: bool) -> None:
        """As it is."""

    @property
    def max_redirects(self) -> int:
        """An engine redirects nobody; whatever answers in its place must not either."""
        return 0

    @max_redirects.setter
    def max_redirects(self, value: int) -> None:
        """As it is."""


class EngineClient(docker.DockerClient):
    """The SDK's client of one engine."""

    def __init__(self, engine: DockerHost) -> None:
        self.api = _Api(
            base_url=engine.url,
            timeout=TIMEOUT,
            tls=_certificates(engine),
            use_ssh_client=engine.url.startswith("ssh:"),
        )

    def post(self, path: str, body: dict[str, Any]) -> None:
        """For what the SDK's own calls cannot say.

        Raises:
            DockerException: the engine refused.
        """
        url = f"{self.api.base_url}/v{self.api.api_version}{path}"
        answer = self.api.post(url, json=body, timeout=TIMEOUT)
        if not answer.ok:
            try:
                said = str(answer.json()["message"])
            except (ValueError, LookupError, TypeError):
                said = answer.text
            raise APIError(said, response=answer, explanation=said)


def _certificates(engine: DockerHost) -> TLSConfig | bool:
    folder = engine.certificates
    if folder is None:
        return False
    keys = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return TLSConfig(client_cert=keys, ca_cert=str(folder / "ca.pem"), verify=engine.verify)
