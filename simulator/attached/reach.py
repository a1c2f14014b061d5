"""How the APIs of an attached environment are reached: addresses, credentials and certificates, put together."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from simulator.attached.settings import Api, AttachedSettings, Credentials, ReceiverApi
from simulator.base.dockerhost import current_docker_host
from simulator.base.errors import BadInput
from simulator.base.secret import ENVIRONMENT, FILE, SecretReference, anchored, revealed
from simulator.doors.endpoint import Certificates, Endpoint
from simulator.doors.hosts import hosts_in

SHORTEST_HIDDEN = 4
"""Characters of a secret that is looked for in texts: a shorter one would be found in every word."""


@dataclass(frozen=True)
class Reach:
    """Makes endpoints; each secret is looked up when its endpoint is made, and not before."""

    settings: AttachedSettings

    def api(self, api: Api) -> Endpoint:
        """One that the environment file describes.

        Raises:
            BadInput: a secret cannot be had.
        """
        headers = tuple((name, self._plain_or_revealed(value)) for name, value in api.headers.items())
        return self.url(api.url, api.auth, timeout=api.timeout, headers=headers)

    def url(
        self,
        url: str,
        auth: str | None = None,
        *,
        timeout: float = Api.model_fields["timeout"].default,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Endpoint:
        """Any address, with the credentials of a name.

        Raises:
            BadInput: as above.
        """
        given = Credentials.model_construct() if auth is None else self.settings.auth[auth]
        return Endpoint(
            url=url,
            user=given.basic.user if given.basic else "",
            password=self.revealed(given.basic.password) if given.basic else "",
            bearer=self.revealed(given.bearer) if given.bearer else "",
            headers=headers,
            certificates=self.certificates,
            timeout=timeout,
        )

    def receiver(self, api: ReceiverApi) -> Endpoint:
        """That of our receiver.

        Raises:
            BadInput: as above.
        """
        return Endpoint(
            api.url, bearer=self.revealed(api.token), certificates=self.certificates, timeout=api.timeout
        )

    def revealed(self, reference: SecretReference) -> str:
        """A secret; that of a file is looked for beside the environment file.

        Raises:
            BadInput: it cannot be had.
        """
        return revealed(anchored(reference, self.settings.folder))

    @property
    def references(self) -> dict[SecretReference, tuple[str, ...]]:
        """Every secret that a run would look up, and where it is named."""
        found: dict[SecretReference, tuple[str, ...]] = {}
        for where, reference in self._named_secrets():
            found[reference] = (*found.get(reference, ()), where)
        return found

    def hidden(self, text: str) -> str:
        """A text with the references in the place of the secrets, should somebody have repeated one."""
        for reference in self.references:
            with contextlib.suppress(BadInput):
                secret = self.revealed(reference)
                text = text.replace(secret, reference) if len(secret) >= SHORTEST_HIDDEN else text
        return text

    def _named_secrets(self) -> Iterator[tuple[str, SecretReference]]:
        settings = self.settings
        for name, given in settings.auth.items():
            if secret := given.bearer or (given.basic and given.basic.password):
                yield f"auth {name}", secret
        for api in (settings.prometheus, *settings.alertmanagers):
            yield from ((f"header {name}", text) for name, text in api.headers.items() if _is_reference(text))
        if settings.pages.receiver is not None:
            yield "the receiver's token", settings.pages.receiver.token
        for name in settings.touch:
            service = settings.services[name]
            yield from ((name, secret) for secret in (service.postgres, service.redis) if secret)
            if service.command is not None:
                yield from ((name, secret) for secret in service.command.environment.values())

    def _plain_or_revealed(self, value: str) -> str:
        return self.revealed(value) if _is_reference(value) else value

    @property
    def certificates(self) -> Certificates:
        tls = self.settings.tls
        return Certificates(ca=tls.ca, cert=tls.cert, key=tls.key)

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that a run would reach, besides those of secrets that cannot be had."""
        settings = self.settings
        urls = [settings.prometheus.url, *(one.url for one in settings.alertmanagers), settings.who.url]
        urls += [settings.pages.receiver.url] if settings.pages.receiver else []
        urls += [settings.dashboards.grafana] if settings.dashboards else []
        for name in settings.touch:
            service = settings.services[name]
            urls.append(service.probe)
            hooks = service.http
            urls += (
                [act.url for act in (hooks.inject, hooks.check, hooks.undo, hooks.arm) if act]
                if hooks
                else []
            )
            urls += [self.revealed(one) for one in (service.postgres, service.redis) if one]
        found = frozenset(host for url in urls if url for host in _hosts(url))
        contained = any(settings.services[name].docker for name in settings.touch)
        return found | current_docker_host().hosts if contained else found


def _is_reference(text: str) -> bool:
    return text.startswith((ENVIRONMENT, FILE))


def _hosts(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname if url.startswith(("http:", "https:")) else None
    return (host,) if host else tuple(hosts_in(url))
