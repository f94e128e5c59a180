"""Portfolios over the API and as a command."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key
from pulse.common import jobs
from tests.factories.portfolios import make_members
from tests.factories.runs import GOOG_CSV, NOW, make_series


@pytest.fixture
def api(user: User) -> Client:
    _, secret = create_api_key(owner=user, name="n", scopes=["read", "trade"], now=NOW)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def posted(api: Client, body: dict, **headers: str):
    return api.post(
        "/api/v1/portfolio-backtests/", json.dumps(body), content_type="application/json",
        headers=headers,
    )  # fmt: skip


def test_api_runs_tells_and_deletes_a_portfolio(api: Client, user: User) -> None:
    series = make_members(user, "SPY", "TLT")
    body = {
        "members": [
            {"series": series[0].pk, "weight": 0.7, "max_weight": 0.9},
            {
                "series": series[1].pk, "weight": 0.3, "adjustment": "splits",
                "actions": [{"date": "2026-10-01", "kind": "dividend", "value": 0.4}],
            },
        ],
        "strategy": "fixed_weights",
        "params": {"rebalance": "weekly"},
        "commission": 0.0005,
    }  # fmt: skip

    first = posted(api, body, **{"Idempotency-Key": "one"})
    again = posted(api, body, **{"Idempotency-Key": "one"})
    jobs.run_next()

    assert first.status_code == 201, first.json()
    address = f"/api/v1/portfolio-backtests/{first.json()['id']}/"
    assert again.json()["id"] == first.json()["id"]
    document = api.get(address).json()
    assert document["status"] == "SUCCEEDED", document["error"]
    assert document["members"][1]["actions"][0]["value"] == 0.4
    curve = api.get(f"{address}curve/").json()
    assert set(curve["weights"]) == {"SPY", "TLT"}
    assert len(curve["weights"]["SPY"]) == len(curve["time"])
    assert api.get(f"{address}trades/?sort=-pnl").json()["n_trades"] == document["n_trades"]
    assert len(api.get("/api/v1/portfolio-backtests/").json()["results"]) == 1
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"members": []}, 400, "invalid"),
        ({"members": [{"series": 987654321}]}, 404, "no_such_series"),
        ({"strategy": "sma_cross"}, 422, "no_such_strategy"),
        ({"params": {"band": 9}}, 422, "invalid_strategy_params"),
        ({"commission": "nan"}, 400, "invalid"),
        ({"strategy": "pairs"}, 422, "invalid_members"),
        ({"ends_at": "1990-01-01T00:00:00Z"}, 422, "no_bars_in_range"),
    ],
)
def test_api_refuses_with_a_code(
    api: Client, user: User, change: dict, status: int, code: str
) -> None:
    series = make_series(user)

    response = posted(
        api, {"members": [{"series": series.pk}], "strategy": "equal_weight", **change}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_api_names_the_row_of_a_bad_split(api: Client, user: User) -> None:
    member = {
        "series": make_series(user).pk, "adjustment": "none",
        "actions": [
            {"date": "2026-10-01", "kind": "split", "value": 2},
            {"date": "2026-10-41", "kind": "split", "value": 2},
        ],
    }  # fmt: skip

    response = posted(api, {"members": [member], "strategy": "equal_weight"})

    assert response.status_code == 400
    assert "2026-10-41 is no date" in json.dumps(response.json())


def test_api_refuses_a_series_whose_number_no_database_holds(api: Client) -> None:
    body = {"members": [{"series": 10**30}], "strategy": "equal_weight"}

    response = posted(api, body)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "no_such_series"


def test_api_tells_portfolio_strategies(api: Client) -> None:
    known = {row["name"]: row for row in api.get("/api/v1/portfolio-strategies/").json()}

    assert known["pairs"]["min_members"] == known["pairs"]["max_members"] == 2
    rebalance = known["equal_weight"]["params"][0]
    assert "band" in rebalance["choices"]


# command


def command(*words: str) -> dict:
    out = io.StringIO()
    call_command("portfolio", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_command_of_one_instrument_held_has_its_return() -> None:
    document = command(
        "--bars", f"GOOG={GOOG_CSV}", "--param", "rebalance=never", "--fill", "close", "--trades"
    )

    # bought at the first close, 100.34, and held to the last, 806.19
    assert document["metrics"]["return_total"] == pytest.approx(806.19 / 100.34 - 1.0)
    assert document["final_weights"] == {"GOOG": pytest.approx(1.0)}
    assert document["n_fills"] == 1


def test_command_takes_a_period_and_every_cost() -> None:
    document = command(
        "--bars", f"A={GOOG_CSV}", "--param", "rebalance=never", "--fill", "close", "--trades",
        "--starts-at", "2005-01-01", "--ends-at", "2005-12-31", "--whole-units",
        "--max-units", "A=7", "--commission-per-unit", "0.5", "--commission-min", "2",
        "--commission-tier", "0=0", "--slippage-impact", "0", "--volume-limit", "0.5",
        "--maintenance", "0.1",
    )  # fmt: skip

    # 7 units from the close of 2005-01-03, 202.71, to that of 2005-12-30, 414.86; 3.5 of fees
    assert document["n_bars"] == 252
    assert document["metrics"]["equity_final"] == pytest.approx(
        100_000 + 7 * (414.86 - 202.71) - 3.5
    )


def test_command_takes_splits_and_weights(tmp_path: Path) -> None:
    actions = tmp_path / "actions.csv"
    actions.write_text("date,kind,value\n2010-01-04,dividend,2\n")

    document = command(
        "--bars", f"A={GOOG_CSV}", "--bars", f"B={GOOG_CSV}", "--strategy", "fixed_weights",
        "--weight", "A=0.5", "--weight", "B=-0.5", "--actions", f"A={actions}",
        "--param", "rebalance=never",
    )  # fmt: skip

    assert document["dividends"] > 0.0
    assert document["contributions"]["A"] > -document["contributions"]["B"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--bars", "GOOG"], "--bars takes NAME=VALUE, not GOOG."),
        (["--bars", "A=/nowhere.csv"], "There is no file /nowhere.csv."),
        (["--bars", f"A={GOOG_CSV}", "--strategy", "x"], "There is no portfolio strategy x."),
        (["--bars", f"A={GOOG_CSV}", "--weight", "B=1"], "--weight names B, which has no --bars."),
        (["--bars", f"A={GOOG_CSV}", "--strategy", "pairs"], "Pairs takes exactly 2 instruments."),
        (["--bars", f"A={GOOG_CSV}", "--param", "band=5"], "band: must be at most 1"),
        (["--bars", f"A={GOOG_CSV}", "--weight", "A=nan"], "A number is needed, not nan."),
        (["--bars", f"A={GOOG_CSV}", "--ends-at", "soon"], "--ends-at takes a time like"),
        (["--bars", f"A={GOOG_CSV}", "--starts-at", "2014-01-01"], "No bar lies between"),
        (["--bars", "A=/"], "/ cannot be read: Is a directory."),
    ],
)
def test_command_says_what_is_wrong(words: list[str], text: str) -> None:
    with pytest.raises(CommandError, match=text.replace(".", r"\.")):
        call_command("portfolio", *words)
