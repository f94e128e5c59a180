"""Every term of a run, from the form and the API to the engine and back."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from django.forms import ChoiceField
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key
from backtests.api.runs import RunInput
from backtests.models import SIZING_FIELDS, TERM_FIELDS, BacktestRun
from pulse.common import jobs
from tests.backtests.test_app import form_of
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_series

pytestmark = pytest.mark.django_db
PRICES = pd.read_csv(GOOG_CSV)


def held(client: Client, user: User, **values: str) -> BacktestRun:
    """Run buy and hold on GOOG through the form, without costs but for `values`."""
    form = form_of(client, make_goog(user).pk, strategy="buy_and_hold", commission_pct="0")
    for name in ("param_fast", "param_slow"):
        form.pop(name, None)
    response = client.post("/backtests/new/", {**form, **values})
    assert response.status_code == 302, response.content.decode()
    jobs.run_next()
    return BacktestRun.objects.get()


def bought(units: float) -> float:
    """Return final equity of 10,000 with `units` bought at the second bar's open."""
    return 10_000 + units * (PRICES["Close"].iloc[-1] - PRICES["Open"].iloc[1])


def test_size_of_units_buys_that_many(client: Client, user: User) -> None:
    run = held(client, user, sizing="units", size_amount="10")

    assert run.metrics["equity_final"] == pytest.approx(bought(10), abs=1e-6)


def test_size_of_half_of_equity_is_entered_in_per_cent(client: Client, user: User) -> None:
    run = held(client, user, sizing="equity", size_amount="50", fractional="on")

    assert run.size_value == 0.5
    units = 5_000 / PRICES["Open"].iloc[1]
    assert run.metrics["equity_final"] == pytest.approx(bought(units), abs=1e-6)


def test_fee_a_unit_and_least_fee_are_paid(client: Client, user: User) -> None:
    run = held(
        client, user, sizing="units", size_amount="10", commission_per_unit="0.5",
        commission_min="7",
    )  # fmt: skip

    # ten units cost five, the least fee is seven; the open position is marked, not sold
    assert run.metrics["equity_final"] == pytest.approx(bought(10) - 7, abs=1e-6)


def test_commission_steps_go_by_value_traded_so_far(client: Client, user: User) -> None:
    run = held(
        client, user, sizing="units", size_amount="10", commission_pct="1",
        commission_tiers="0 0.5\n100000, 0.1",
    )  # fmt: skip

    value = 10 * PRICES["Open"].iloc[1]
    assert value < 100_000
    assert run.commission_tiers == [[0.0, 0.005], [100_000.0, 0.001]]
    assert run.metrics["equity_final"] == pytest.approx(bought(10) - 0.005 * value, abs=1e-6)


def test_delay_waits_whole_bars(client: Client, user: User) -> None:
    run = held(client, user, sizing="units", size_amount="10", delay="3")

    late = 10_000 + 10 * (PRICES["Close"].iloc[-1] - PRICES["Open"].iloc[4])
    assert run.metrics["equity_final"] == pytest.approx(late, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"commission_tiers": "1000 0.1\nabc"}, "commission_tiers", "Line 2"),
        ({"commission_tiers": "1000 nan"}, "commission_tiers", "out of range"),
        ({"commission_tiers": "1000 0.1\n500 0.05"}, "commission_tiers", "increasing"),
        ({"maintenance_pct": "50", "margin_pct": "25"}, "maintenance_pct", "must not exceed"),
        ({"sizing": "cash"}, "size_amount", "Say how much"),
        ({"sizing": "units", "size_amount": "-3"}, "size_amount", "greater than"),
        ({"volume_limit_pct": "150"}, "volume_limit_pct", "99"),
    ],
)
def test_refused_term_is_named_and_keeps_its_value(
    client: Client, user: User, values: dict[str, str], field: str, words: str
) -> None:
    response = client.post("/backtests/new/", form_of(client, make_goog(user).pk, **values))

    form = response.context["form"]
    assert response.status_code == 422
    assert words in " ".join(form.errors[field])
    assert (form[field].value() or "") == values.get(field, "")
    assert b'<details class="disc" open' in response.content or field == "size_amount"


def test_detail_bars_must_be_shorter_and_of_the_same_instrument(client: Client, user: User) -> None:
    daily, other = make_goog(user), make_series(user, symbol="QQQ")

    for detail, words in ((daily, "shorter than 1d"), (other, "bars of GOOG")):
        form = form_of(client, daily.pk, detail=str(detail.pk))
        errors = client.post("/backtests/new/", form).context["form"].errors
        assert words in " ".join(errors["detail"])


def test_clone_brings_every_term_back(client: Client, user: User) -> None:
    asked: dict[str, Any] = {
        "sizing": "volatility", "size_amount": "15", "size_window": "30", "size_cap_pct": "150",
        "intrabar": "ohlc", "volume_limit_pct": "5", "delay": "1", "commission_per_unit": "0.01",
        "commission_min": "1", "commission_tiers": "100000 0.05", "slippage_impact_bps": "12.5",
        "maintenance_pct": "25", "margin_pct": "50", "borrow_rate_pct": "3",
        "financing_rate_pct": "6", "fractional": "on",
    }  # fmt: skip
    run = held(client, user, **asked)

    form = client.get(run.clone_url).context["form"]

    for name, text in asked.items():
        value = form[name].value()
        if name == "fractional":
            assert value is True
        elif name == "commission_tiers":
            assert form.fields[name].clean(value) == [[100_000.0, 0.0005]]
        else:
            assert str(value) == text or float(value) == float(text), name


def test_api_takes_every_term(client: Client, user: User) -> None:
    body = {
        "series": make_goog(user).pk, "strategy": "buy_and_hold", "sizing": "units",
        "size_value": 10, "commission_tiers": [[0, 0.005]], "intrabar": "optimistic",
        "delay": 0, "maintenance": 0.1,
    }  # fmt: skip
    answer = client.post("/api/v1/backtests/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    jobs.run_next()

    run = client.get(f"/api/v1/backtests/{answer.json()['id']}/").json()
    fee = 0.005 * 10 * PRICES["Open"].iloc[1]
    assert run["metrics"]["equity_final"] == pytest.approx(bought(10) - fee, abs=1e-6)
    assert run["spec"]["intrabar"] == "optimistic"


def test_api_names_the_term_it_refuses(client: Client, user: User) -> None:
    body = {"series": make_goog(user).pk, "strategy": "buy_and_hold", "maintenance": 0.9}
    body |= {"margin": 0.5, "commission_tiers": [[1, 2, 3]]}

    answer = client.post("/api/v1/backtests/", body, content_type="application/json")

    assert answer.status_code in {400, 422}
    assert "commission_tiers" in answer.json()["error"]["details"]


def test_reference_page_tells_every_term_of_the_api() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/backtest-terms.md").read_text()
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))

    terms = {"initial_cash", "detail", "benchmark", *TERM_FIELDS, *SIZING_FIELDS}
    assert told == terms
    assert terms <= set(RunInput().fields)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"sizing": "kelly", "size_cap": -1.0}, "size_cap"),
        ({"sizing": "units", "size_value": -5.0}, "size_value"),
        (
            {"starts_at": "2010-01-01T00:00:00Z", "ends_at": "2009-01-01T00:00:00Z"},
            "ends_at",
        ),
    ],
)
def test_api_names_the_field_of_a_refused_term(
    user: User, values: dict[str, Any], field: str
) -> None:
    _, secret = create_api_key(owner=user, name="n", scopes=["read", "trade"], now=NOW)
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    body = {"series": make_goog(user).pk, "strategy": "buy_and_hold", **values}

    response = api.post("/api/v1/backtests/", body, content_type="application/json")

    assert response.status_code == 400
    assert list(response.json()["error"]["details"]) == [field]


def test_page_and_api_agree_on_a_percentage_no_binary_fraction_holds(
    client: Client, user: User
) -> None:
    run = held(
        client, user, commission_pct="0.07", slippage_bps="1.1", size_amount="57", sizing="equity"
    )

    assert (run.commission, run.slippage, run.size_value) == (0.0007, 0.00011, 0.57)


def test_clone_of_an_api_run_has_its_digits(client: Client, user: User) -> None:
    asked = {
        "margin": 0.33333333333, "stop_loss": 0.0333333333, "commission": 0.000333333333,
        "sizing": "volatility", "size_value": 0.1666666666667,
        "commission_tiers": [[0.0, 0.001], [1234567.89, 0.000142857143]],
        "initial_cash": "12345.67891234", "ends_at": "2010-06-15T00:00:00Z",
    }  # fmt: skip
    body = {"series": make_goog(user).pk, "strategy": "buy_and_hold", **asked}
    client.post("/api/v1/backtests/", body, content_type="application/json")
    first = BacktestRun.objects.get()

    form = client.get(first.clone_url).context["form"]
    values = {f.html_name: f.field.widget.format_value(f.value()) for f in form}
    filled = {name: value for name, value in values.items() if value not in (None, False, [], "")}
    chosen = {f.html_name: f.value() or "" for f in form if isinstance(f.field, ChoiceField)}
    client.post("/backtests/new/", {**filled, **chosen, "request_key": str(uuid4())})

    second = BacktestRun.objects.latest("pk")
    assert second.pk != first.pk
    for name in (*TERM_FIELDS, *SIZING_FIELDS, "initial_cash", "starts_at", "ends_at"):
        assert getattr(second, name) == getattr(first, name), name
