"""How often a page asks the database, for every address of the route table."""

import re
from io import BytesIO

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from backtests.engine.rules import TEMPLATES
from backtests.models import BacktestRun
from backtests.services.runs import request_run
from backtests.services.strategies import create_strategy
from greeks.selectors.legs import LegTerms
from greeks.selectors.sources import SimulatedSource
from greeks.services.positions import save_position
from market.services import commit_chain, stage_upload
from pulse.common import jobs
from tests.backtests.test_app import SPEC
from tests.factories.portfolios import finished, make_portfolio
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_run
from tests.greeks.app.chains import stage
from tests.pulse.test_access import addresses

MOST = 15
NO_PAGE = re.compile(r"^/(admin|api/v1)/|^/accounts/(confirm-email|password/reset/key)/.|//")
ANSWERS = (200, 302, 405)
"""A page; the way to one, for who is signed in already; what only takes a POST."""

SLUGS = {
    r"<slug:greek>": "delta",
    r"(exposure)/<slug:table>": r"\1/strikes",
    r"(history)/<slug:chart>": r"\1/exposure",
    r"(options/strategy)/<slug:chart>": r"\1/payoff",
    r"(surface)/<slug:chart>": r"\1/smiles",
    r"<slug:kind>": "backtestrun",
    r"templates/<slug:name>": "templates/turtle",
    r"<slug:name>": "sma_cross",
    r"<slug:portfolio_strategy>": "momentum_rotation",
    r"<int:number>": "0",
}


def filled(address: str, numbers: dict[str, int]) -> str:
    """Return an address with real objects in it."""
    for pattern, value in SLUGS.items():
        address = re.sub(pattern, value, address)
    for name, number in numbers.items():
        address = address.replace(f"<int:{name}>", str(number))
    runs = f"?run={numbers['run_id']}&run={numbers['other_id']}"
    return address + runs if "/compare/" in address else address


def objects_of(user: User) -> dict[str, int]:
    """Make three runs and one of everything else; return their numbers by parameter."""
    series = make_goog(user)
    for _ in range(2):
        make_run(user, series=series, status="FAILED")
    portfolio = finished(make_portfolio(user, strategy="pairs"))
    other, run = (
        _finished(request_run(owner=user, series=series, now=NOW, **SPEC)) for _ in range(2)
    )
    commit_chain(upload=stage(user), now=NOW)
    legs = [LegTerms("stock", 1), LegTerms("stock", -2)]
    source = SimulatedSource("SPY")
    strategy = create_strategy(owner=user, document=TEMPLATES["turtle"], now=NOW)
    upload = stage_upload(
        owner=user, file=BytesIO(GOOG_CSV.read_bytes()), file_name="g.csv", symbol="MSFT", now=NOW
    )
    position = save_position(owner=user, name="Two", source=source, terms=legs, now=NOW)
    return {
        "series_id": series.pk,
        "run_id": run.pk,
        "other_id": other.pk,
        "portfolio_id": portfolio.pk,
        "strategy_id": strategy.pk,
        "upload_id": upload.pk,
        "chain_id": stage(user).pk,
        "position_id": position.pk,
        "pk": run.pk,
    }


def _finished(run: BacktestRun) -> BacktestRun:
    while jobs.run_next():
        pass
    run.refresh_from_db()
    assert run.status == "SUCCEEDED", run.error_message
    return run


def pages() -> list[str]:
    return sorted({one for one in addresses() if not NO_PAGE.search(one)})


def test_every_page_asks_at_most_fifteen_times(client: Client, user: User) -> None:
    numbers = objects_of(user)
    asked: dict[str, int] = {}

    for address in pages():
        path = filled(address, numbers)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
            b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        assert "<" not in path, path
        assert response.status_code in ANSWERS or path == "/design/", (path, response.status_code)
        asked[path] = len(queries)

    assert len(asked) > 80
    assert {path: n for path, n in asked.items() if n > MOST} == {}
