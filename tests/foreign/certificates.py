"""A certificate authority of the company's own, and the certificate of its servers."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


@dataclass(frozen=True)
class Certificates:
    """Files in PEM."""

    ca: Path
    certificate: Path
    key: Path


def make(folder: Path, company: str) -> Certificates:
    """Certificates for 127.0.0.1 and localhost, good for two days."""
    folder.mkdir()
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority = folder / "ca.key"
    _openssl(f"/CN={company} staging CA", authority, made.ca)
    usage = ("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=CA:FALSE")
    signed = ("-CA", str(made.ca), "-CAkey", str(authority))
    _openssl(f"/CN={company} staging", made.key, made.certificate, *signed, *usage)
    authority.unlink()
    return made


def _openssl(subject: str, key: Path, certificate: Path, *options: str) -> None:
    argv = [
        "openssl",
        "req",
        "-x509",
        *CURVE,
        "-subj",
        subject,
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run([*argv, *options], check=True, capture_output=True, timeout=60)
