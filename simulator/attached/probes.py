"""How a service of somebody else's is asked whether it is well."""

from urllib.parse import urlsplit

from simulator.doors.endpoint import Certificates, Endpoint
from simulator.doors.services import Probe, http_probe


def url_probe(service: str, url: str, certificates: Certificates) -> Probe:
    """Green when this very address answers 2xx."""
    parts = urlsplit(url)
    at = Endpoint(f"{parts.scheme}://{parts.netloc}", certificates=certificates)
    return http_probe(service, at, parts._replace(scheme="", netloc="").geturl() or "/")
