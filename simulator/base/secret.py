"""Secrets by reference: files name where one is found, and never hold it."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from simulator.base.errors import BadInput

ENVIRONMENT, FILE = "env:", "file:"
LONGEST = 64 * 1024
"""Bytes of a secret's file that are read."""


def as_reference(text: str) -> str:
    """Nothing else is repeated in the refusal: it may be the secret itself."""
    kind, _, where = text.partition(":")
    if f"{kind}:" not in (ENVIRONMENT, FILE) or not where.strip():
        raise ValueError("a secret is given by reference, as in env:NAME or file:PATH, never as it is")
    return text


SecretReference = Annotated[str, AfterValidator(as_reference)]
"""`env:NAME`, a variable of the environment, or `file:PATH`, the first line of a file (`~` is the user's home)."""


def revealed(reference: str) -> str:
    """The secret that a reference stands for.

    Raises:
        BadInput: the variable is not set, the file cannot be read, or either is empty. The message names the reference only.
    """
    where = reference.partition(":")[2].strip()
    if reference.startswith(ENVIRONMENT):
        found = os.environ.get(where, "")
        if not found:
            raise BadInput(
                f"{reference}: the variable is not set, or empty; set it where the simulator is started"
            )
        return found
    try:
        with Path(where).expanduser().open("rb") as file:
            found = file.read(LONGEST).decode("utf-8", errors="strict").partition("\n")[0].strip("\r")
    except UnicodeDecodeError:
        raise BadInput(f"{reference}: the file is no text") from None
    except OSError as error:
        raise BadInput(f"{reference}: the file cannot be read: {error.strerror}") from None
    if not found:
        raise BadInput(f"{reference}: the first line of the file is empty")
    return found


def anchored(reference: SecretReference, folder: Path) -> SecretReference:
    """The same for whoever is started elsewhere: the path of a file is from this folder."""
    if not reference.startswith(FILE):
        return reference
    return f"{FILE}{folder / Path(reference.removeprefix(FILE).strip()).expanduser()}"
