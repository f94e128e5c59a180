from pathlib import Path

from pulse.common.envfile import SECRETS, with_secrets, write_env


def test_with_secrets_fills_empty_and_missing_ones() -> None:
    text = with_secrets("SECRET_KEY=\nDEBUG=false\n")

    values = dict(line.split("=", 1) for line in text.splitlines())
    assert values["DEBUG"] == "false"
    assert len(values["SECRET_KEY"]) == 64
    assert set(SECRETS) <= set(values)


def test_with_secrets_keeps_what_is_there() -> None:
    text = with_secrets("SECRET_KEY=mine\nDEMO_PASSWORD=b\n")

    assert text == "SECRET_KEY=mine\nDEMO_PASSWORD=b\n"


def test_write_env_twice_changes_nothing_and_is_private(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("SECRET_KEY=\n")

    assert write_env(tmp_path)
    before = (tmp_path / ".env").read_text()

    assert not write_env(tmp_path)
    assert (tmp_path / ".env").read_text() == before
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
