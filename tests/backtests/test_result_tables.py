"""The stored tables on the page, in the file and over the API."""

import json

import numpy as np
import pytest
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key
from backtests.models import BacktestRun
from backtests.selectors.analysis import month_rows, read_analysis, trust_lines
from backtests.selectors.results import artifact_folder
from backtests.services import request_run
from pulse.common import jobs
from tests.backtests.engine.data import reference
from tests.factories.runs import NOW, make_goog


@pytest.fixture
def done(user: User) -> BacktestRun:
    run = request_run(
        owner=user, series=make_goog(user), now=NOW, strategy="sma_cross",
        params={"fast": 10, "slow": 20}, commission=0.002,
    )  # fmt: skip
    jobs.run_next()
    run.refresh_from_db()
    return run


def test_api_page_and_file_tell_the_same_tables(client: Client, done: BacktestRun) -> None:
    answer = client.get(f"/api/v1/backtests/{done.pk}/analysis/").json()
    file = client.get(f"{done.get_absolute_url()}result.json").json()

    assert answer == file["analysis"] == read_analysis(done)
    assert answer["trust"]["stress"][0]["equity_final"] == pytest.approx(56263.51934)


def test_api_hides_the_tables_of_others(done: BacktestRun, other_user: User) -> None:
    _, secret = create_api_key(owner=other_user, name="n", scopes=["read"], now=NOW)

    response = Client().get(
        f"/api/v1/backtests/{done.pk}/analysis/", headers={"Authorization": f"Bearer {secret}"}
    )

    assert response.status_code == 404


def test_run_stored_without_tables_asks_to_be_run_again(client: Client, done: BacktestRun) -> None:
    (artifact_folder(done) / "analysis.json").unlink()

    page = client.get(done.get_absolute_url())
    charts = [client.get(f"{done.get_absolute_url()}{n}.json").json() for n in ("years", "days")]

    assert "stored without its tables" in page.content.decode()
    assert all("Run it again" in chart["empty"] for chart in charts)
    assert client.get(f"/api/v1/backtests/{done.pk}/analysis/").status_code == 404


def test_month_shades_run_in_fifths_of_the_largest_move() -> None:
    line = [0.10, 0.081, 0.08, 0.02, 0.0, None, -0.001, -0.05, -0.10, None, None, None]
    tables = {"months": {"years": [2020], "table": [line], "totals": [0.2]}}

    shades = [shade for _, shade in month_rows(tables)[0].months]

    assert shades == ["u5", "u5", "u4", "u1", "", "", "d1", "d3", "d5", "", "", ""]


def test_peek_is_shown_with_its_place_on_the_chart(client: Client, done: BacktestRun) -> None:
    path = artifact_folder(done) / "analysis.json"
    tables = json.loads(path.read_text())
    day = 1_199_145_599  # end of 2007
    tables["trust"]["lookahead"] |= {"is_clean": False, "time": day, "sentence": "Look-ahead: x."}
    path.write_text(json.dumps(tables))

    line = trust_lines(done, tables)[0]
    page = client.get(done.get_absolute_url()).content.decode()

    assert not line.is_good
    assert line.zoom is not None
    assert line.zoom[0] < day < line.zoom[1]
    assert f'data-from="{line.zoom[0]}"' in page


def test_profit_that_few_trades_made_is_a_warning(done: BacktestRun) -> None:
    profits = np.sort(reference("readme_ls_excl")[1][:, 5])
    share = profits[-5:].sum() / profits.sum()
    tables = read_analysis(done)

    lines = {line.title: line for line in trust_lines(done, tables)}

    assert share == pytest.approx(0.956, abs=0.001)  # of backtesting.py's trades
    assert not lines["Concentration"].is_good
    assert "made 96 % of the net profit: without them" in lines["Concentration"].words
