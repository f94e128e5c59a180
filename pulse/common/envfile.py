"""Write `.env` from `.env.example` with fresh secrets: `python -m pulse.common.envfile`.

Knows no Django, so that it can run before there is a SECRET_KEY. An existing `.env` keeps every
value it has; only what is missing or empty among the secrets is added.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "DEMO_PASSWORD": lambda: secrets.token_urlsafe(9),
}


def with_secrets(text: str) -> str:
    """Return the lines of an environment file with each empty or missing secret filled in."""
    lines = text.splitlines()
    for name, make in SECRETS.items():
        given = [line for line in lines if line.startswith(f"{name}=")]
        if not given:
            lines.append(f"{name}={make()}")
        elif given[-1] == f"{name}=":
            lines[lines.index(given[-1])] = f"{name}={make()}"
    return "\n".join(lines) + "\n"


def write_env(root: Path = ROOT) -> bool:
    """Bring `root/.env` up to date, readable by its owner only; True if it changed."""
    target = root / ".env"
    before = target.read_text() if target.exists() else ""
    after = with_secrets(before or (root / ".env.example").read_text())
    if after == before:
        return False
    target.touch(mode=0o600)
    target.write_text(after)
    return True


if __name__ == "__main__":
    write_env()
