"""Certificates of servers on this machine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """Files, in PEM."""

    cert: Path
    key: Path
    both: Path


def self_signed(folder: Path, *names: str) -> Certificate:
    """A key, and a certificate for loopback and these names that it has signed itself."""
    found = Certificate(folder / "cert.pem", folder / "key.pem", folder / "both.pem")
    known = ",".join(("IP:127.0.0.1", "DNS:localhost", *(f"DNS:{name}" for name in names)))
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-addext", f"subjectAltName={known}", "-keyout", str(found.key), "-out", str(found.cert)]
    subprocess.run([*make, *files], check=True, capture_output=True, timeout=60)
    found.both.write_text(found.key.read_text() + found.cert.read_text())
    return found
