"""Something to look at behind every address that names an object."""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from playwright.sync_api import Browser, StorageState

from tests.live import EMAIL, PASSWORD, Server, token_of, wait_for

STAFF = "staff@example.com"
BAD_ROWS = """Date,Open,High,Low,Close,Volume
2026-11-16,100,101,99,100.5,1000
2026-11-17,100.5,102,100,101.5,1200
2026-11-18,101.5,101,103,102,900
2026-11-19,102,103,101,102.5,1100
2026-11-20,102.5,104,102,103.5,1300
"""


@dataclass
class Objects:
    """Numbers of the objects that stand for `<int:...>` in addresses, by parameter."""

    numbers: dict[str, int]
    states: dict[str, StorageState]

    @classmethod
    def made_on(cls, live: Server) -> "Objects":
        """Make one of each through the doors that users have."""
        client = live.api()
        rows = client.get("/api/v1/market-data/series/").json()["results"]
        series = next(r["id"] for r in rows if (r["symbol"], r["timeframe"]) == ("SPY", "1d"))
        body = {
            "series": series,
            "strategy": "sma_cross",
            "params": {"fast": 10, "slow": 30},
            "commission": 0.001,
        }
        run = client.post("/api/v1/backtests/", json=body).json()["id"]
        wait_for(
            lambda: client.get(f"/api/v1/backtests/{run}/").json()["status"] == "SUCCEEDED",
            60,
            "the sample run ended",
        )
        numbers = {
            "series_id": series,
            "run_id": run,
            "portfolio_id": _portfolio(client, rows),
            "strategy_id": _strategy(client),
            "upload_id": _upload(live),
            "chain_id": _chain(live),
            "position_id": _position(client),
        }
        return cls(numbers, {})

    def fill(self, address: str) -> str:
        """Return an address with the numbers of real objects in it."""
        for name, number in self.numbers.items():
            address = address.replace(f"<int:{name}>", str(number))
        address = address.replace("<slug:portfolio_strategy>", "momentum_rotation")
        return re.sub(r"<(str|slug):name>", "sma_cross", address)

    def state_for(self, browser: Browser, live: Server, address: str) -> StorageState:
        """Return the state of a browser in which one may see `address`."""
        email = STAFF if address == "/design/" else EMAIL
        if email not in self.states:
            if email == STAFF:
                live.manage("shell", "-c", MAKE_STAFF)
            self.states[email] = _signed_in(browser, live, email)
        return self.states[email]


def _strategy(client: Any) -> int:
    """Save the rules of a template; return the strategy's number."""
    turtle = next(
        one for one in client.get("/api/v1/strategies/templates/").json() if one["name"] == "turtle"
    )
    body = {"document": turtle["document"]}
    return int(client.post("/api/v1/strategies/saved/", json=body).json()["id"])


MAKE_STAFF = f"""
from accounts.models import User
from allauth.account.models import EmailAddress
user = User.objects.create_user("{STAFF}", "{PASSWORD}", is_staff=True)
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""


def _signed_in(browser: Browser, live: Server, email: str) -> StorageState:
    context = browser.new_context(base_url=live.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    state = context.storage_state()
    context.close()
    return state


def _portfolio(client: Any, rows: list[dict[str, Any]]) -> int:
    """Run equal parts of all daily series of the demo user; return its number."""
    daily = [row["id"] for row in rows if row["timeframe"] == "1d"]
    body = {"members": [{"series": number} for number in daily], "strategy": "equal_weight"}
    made = client.post("/api/v1/portfolio-backtests/", json=body).json()
    assert "id" in made, made
    address = f"/api/v1/portfolio-backtests/{made['id']}/"
    wait_for(lambda: client.get(address).json()["status"] == "SUCCEEDED", 60, "the portfolio ended")
    return int(made["id"])


def _upload(live: Server) -> int:
    """Stage a file with one bad row; return its number."""
    browser = live.browser()
    file = Path(mkdtemp()) / "BAD.csv"
    file.write_text(BAD_ROWS)
    form = {
        "csrfmiddlewaretoken": token_of(browser.get("/data/uploads/new/").text),
        "symbol": "BAD",
        "zone": "UTC",
        "timeframe": "",
        "calendar": "XNYS",
        "stamped_by": "close",
    }
    with file.open("rb") as opened:
        answer = browser.post("/data/uploads/new/", data=form, files={"file": opened})
    found = re.search(r"/data/uploads/(\d+)/", answer.headers.get("location", ""))
    assert found is not None, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:]
    return int(found.group(1))


def _chain(live: Server) -> int:
    """Stage an option chain with one bad row; return its number."""
    rows = "contract,bid,ask,open_interest\nSPY361219C00650000,90,91,5\nSPY361219P0065,80,81,5\n"
    files = {"file": ("chain.csv", rows.encode(), "text/csv")}
    return int(live.api().post("/api/v1/market-data/chains/", files=files).json()["id"])


def _position(client: Any) -> int:
    """Save a share of stock against nothing; return the position's number."""
    legs = [{"kind": "stock", "quantity": 1}]
    body = {"symbol": "SPY", "name": "Sample", "legs": legs}
    return int(client.post("/api/v1/greeks/positions/", json=body).json()["id"])
