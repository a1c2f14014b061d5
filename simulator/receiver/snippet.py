"""What has to be added to Alertmanager's configuration for our receiver to be told."""

import json
from urllib.parse import quote

RECEIVER = "RECEIVER"
"""Stands for the name of a receiver of Alertmanager, where none is given."""


def snippet(at: str, token_file: str, ca_file: str = "", receiver: str = RECEIVER) -> str:
    """YAML for an entry under `receivers:`, beside whatever else that entry has.

    `at` is the address under which Alertmanager reaches our receiver. `token_file` and `ca_file` are paths where
    Alertmanager runs; without the latter it believes whom its machine believes. What it tells has the receiver's name as
    its route.
    """
    url = f"{at.rstrip('/')}/api/v1/webhook/{quote(receiver, safe='')}"
    lines = [
        "webhook_configs:",
        f"  - url: {_text(url)}",
        "    send_resolved: true",
        "    http_config:",
        f"      authorization: {{credentials_file: {_text(token_file)}}}",
    ]
    if ca_file:
        lines.append(f"      tls_config: {{ca_file: {_text(ca_file)}}}")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """As YAML, in which every JSON text is one."""
    return json.dumps(text, ensure_ascii=False)
