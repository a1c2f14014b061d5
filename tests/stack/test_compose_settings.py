"""simulator/erpgo/stack/.env: made once, kept private, read again."""

import socket
import stat
from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.erpgo.stack.compose import dotenv, settings
from tests.secrecy import fragments_in


def test_every_secret_is_made_anew_long_and_different(tmp_path: Path) -> None:
    made = [settings.prepare(tmp_path / name) for name in ("one", "two")]
    secrets = [one.secret(name) for one in made for name in settings.SECRETS]
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) >= 32 for secret in secrets)


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings.prepare(tmp_path / ".env")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_secrets_are_kept_and_taken_ports_move(tmp_path: Path) -> None:
    first = settings.prepare(tmp_path / ".env")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        again = settings.prepare(tmp_path / ".env")
    assert [again.secret(name) for name in settings.SECRETS] == [
        first.secret(name) for name in settings.SECRETS
    ]
    ports = [again.port(service) for service in settings.PORTS]
    assert len(set(ports)) == len(ports)
    assert port not in ports
    assert settings.read(tmp_path / ".env") == again
    assert (first.fresh, again.fresh) == (True, False)


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    assert settings.read(tmp_path / ".env") is None


def test_a_damaged_file_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    settings.prepare(tmp_path / ".env")
    text = (tmp_path / ".env").read_text()
    (tmp_path / ".env").write_text(text.replace("REDIS_PASSWORD=", "REDIS_PASS="))
    with pytest.raises(BadInput, match=r"\.env has no REDIS_PASSWORD; delete it"):
        settings.read(tmp_path / ".env")


def test_the_receivers_token_is_kept_and_its_folder_is_closed_to_others(tmp_path: Path) -> None:
    first = settings.prepare(tmp_path / ".env")
    token = settings.receiver_token(tmp_path / ".env")
    made = token.read_text()
    again = settings.prepare(tmp_path / ".env")
    assert token.read_text() == made
    assert len(made.strip()) >= 43
    assert (first.fresh, again.fresh) == (True, False)
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700
    assert made.strip() not in (tmp_path / ".env").read_text()


def test_containers_that_know_another_token_are_made_anew(tmp_path: Path) -> None:
    settings.prepare(tmp_path / ".env")
    settings.receiver_token(tmp_path / ".env").unlink()
    assert settings.prepare(tmp_path / ".env").fresh


def test_git_never_sees_them() -> None:
    ignored = (settings.FILE.parents[3] / ".gitignore").read_text().split()
    assert settings.FILE.name in ignored
    assert f"{settings.receiver_token().parent.name}/" in ignored


@pytest.mark.parametrize(
    "password", ["zq${HOME}xj", "zq$__file{/etc/hostname}xj", "zq$__env{b}xj", "zq%(admin_user)sxj"]
)
def test_a_password_that_grafana_would_rewrite_is_refused_and_not_repeated(
    tmp_path: Path, password: str
) -> None:
    file = tmp_path / ".env"
    made = settings.prepare(file)
    file.write_text(
        "".join(dotenv.line(*one) for one in {**made.values, "GRAFANA_PASSWORD": password}.items())
    )
    with pytest.raises(BadInput, match="in GRAFANA_PASSWORD Grafana would replace what stands in") as refused:
        settings.read(file)
    assert fragments_in(str(refused.value), password, str(file)) == []


@pytest.mark.parametrize("password", ["$zq{xj}", "$$__file", "${}", "100%(net)", "%s$ {b}"])
def test_one_that_grafana_takes_as_it_is_may_have_the_same_characters(tmp_path: Path, password: str) -> None:
    file = tmp_path / ".env"
    values = {**settings.prepare(file).values, "GRAFANA_PASSWORD": password, "REDIS_PASSWORD": "${b}"}
    file.write_text("".join(dotenv.line(*one) for one in values.items()))
    kept = settings.read(file)
    assert kept is not None
    assert (kept.secret("GRAFANA_PASSWORD"), kept.secret("REDIS_PASSWORD")) == (password, "${b}")
