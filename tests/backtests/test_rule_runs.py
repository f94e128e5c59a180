"""Backtests of saved rules, from form, API and command to the worker and back."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from backtests.models import BacktestRun, SavedStrategy, StrategyVersion
from backtests.selectors.strategies import latest_version_of
from backtests.services import NoSuchStrategy, create_strategy, request_run, save_strategy
from pulse.common import jobs
from tests.backtests.test_app import form_of
from tests.factories.runs import GOOG_CSV, NOW, make_goog

pytestmark = pytest.mark.django_db
PRICES = pd.read_csv(GOOG_CSV)
SMA = {"indicator": "sma", "params": {"window": {"parameter": "fast"}}}
SLOW = {"indicator": "sma", "params": {"window": {"parameter": "slow"}}}
CROSS = {
    "parameters": {"fast": {"default": 10}, "slow": {"default": 20}},
    "enter_long": {"crosses": "above", "left": SMA, "right": SLOW},
    "exit_long": {"crosses": "below", "left": SMA, "right": SLOW},
    "enter_short": {"crosses": "below", "left": SMA, "right": SLOW},
    "exit_short": {"crosses": "above", "left": SMA, "right": SLOW},
}
HOLD = {"enter_long": {"compare": "above", "left": {"price": "close"}, "right": 0}}


@pytest.fixture
def cross(user: User) -> SavedStrategy:
    return create_strategy(owner=user, document=CROSS, name="My cross", now=NOW)


def done(run: BacktestRun) -> BacktestRun:
    jobs.run_next()
    run.refresh_from_db()
    assert run.status == BacktestRun.Status.SUCCEEDED, run.error_message
    return run


def test_form_runs_the_latest_rules_as_two_libraries_do(
    client: Client, user: User, cross: SavedStrategy
) -> None:
    form = form_of(client, make_goog(user).pk, strategy=f"saved-{cross.pk}")

    answer = client.post("/backtests/new/", form)

    # backtesting.py 0.6.6 and vectorbt 1.2.0 on GOOG, commission 0.002, whole units
    assert answer.status_code == 302
    run = done(BacktestRun.objects.get())
    assert run.metrics["equity_final"] == pytest.approx(56263.51934, abs=1e-6)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "When SMA(10) crosses above SMA(20), buy." in page
    assert (run.rules, run.name) == (latest_version_of(cross), "My cross on GOOG, 1d, upload")


def test_form_of_saved_rules_has_their_parameters_as_fields(
    client: Client, cross: SavedStrategy
) -> None:
    form = client.get(f"/backtests/new/?strategy=saved-{cross.pk}").context["form"]

    assert [field.name for field in form.param_fields] == ["param_fast", "param_slow"]
    assert form["strategy"].value() == f"saved-{cross.pk}"


def test_clone_keeps_the_version_that_ran(client: Client, user: User, cross: SavedStrategy) -> None:
    first = latest_version_of(cross)
    run = request_run(
        owner=user, series=make_goog(user), strategy=first, params={"fast": 5}, now=NOW
    )
    save_strategy(strategy=cross, document=HOLD, now=NOW)

    form = client.get(run.clone_url).context["form"]

    assert form["strategy"].value() == f"version-{first.pk}"
    assert str(form["param_fast"].value()) == "5"
    assert form.version == first


def test_rules_of_another_user_cannot_be_run(client: Client, other_user: User, user: User) -> None:
    theirs = create_strategy(owner=other_user, document=HOLD, name="Theirs", now=NOW)
    version = latest_version_of(theirs)
    series = make_goog(user).pk

    page = client.post("/backtests/new/", form_of(client, series, strategy=f"saved-{theirs.pk}"))
    codes = {
        client.post(
            "/api/v1/backtests/", {"series": series, **body}, content_type="application/json"
        ).status_code
        for body in ({"rules": version.pk}, {"strategy": f"version-{version.pk}"})
    }

    assert page.status_code == 422
    assert codes == {400, 422}
    assert not BacktestRun.objects.exists()


@pytest.mark.parametrize(
    ("size", "units"),
    [
        pytest.param({"units": 10}, 10, id="units"),
        pytest.param({"cash": 2000}, 2000 // PRICES["Open"].iloc[1], id="cash, whole units"),
        pytest.param(
            {"percent_of_equity": 50}, 5000 // PRICES["Open"].iloc[1], id="half of equity"
        ),
    ],
)
def test_size_that_rules_name_is_what_the_worker_buys(
    user: User, size: dict[str, float], units: float
) -> None:
    made = create_strategy(owner=user, document={**HOLD, "size": size}, name="Sized", now=NOW)
    version = latest_version_of(made)

    run = done(
        request_run(owner=user, series=make_goog(user), strategy=version, params={}, now=NOW)
    )

    # bought once at the second bar's open, without costs, and held
    gain = units * (PRICES["Close"].iloc[-1] - PRICES["Open"].iloc[1])
    assert run.metrics["equity_final"] == pytest.approx(10_000 + gain, abs=1e-6)


def test_result_tells_the_size_that_the_rules_name(client: Client, user: User) -> None:
    document = {**HOLD, "size": {"percent_of_equity": 50}}
    made = create_strategy(owner=user, document=document, name="Sized", now=NOW)
    version = latest_version_of(made)
    run = done(
        request_run(owner=user, series=make_goog(user), strategy=version, params={}, now=NOW)
    )

    terms = {term.name: term.value for term in client.get(run.get_absolute_url()).context["terms"]}

    assert (terms["sizing"], terms["size_value"]) == ("equity", 0.5)


def test_size_of_the_run_goes_before_that_of_the_rules(user: User) -> None:
    document = {**HOLD, "size": {"units": 10}}
    made = create_strategy(owner=user, document=document, name="Sized", now=NOW)

    run = done(
        request_run(
            owner=user, series=make_goog(user), strategy=latest_version_of(made), params={},
            now=NOW, sizing="units", size_value=3.0,
        )
    )  # fmt: skip

    gain = 3 * (PRICES["Close"].iloc[-1] - PRICES["Open"].iloc[1])
    assert run.metrics["equity_final"] == pytest.approx(10_000 + gain, abs=1e-6)


# API ----------------------------------------------------------------------------------------------


def asked(client: Client, method: str, address: str, **body: Any) -> Any:
    call = getattr(client, method)
    if method == "get":
        return call(f"/api/v1/{address}")
    return call(f"/api/v1/{address}", json.dumps(body), content_type="application/json")


def test_api_saves_reads_changes_and_deletes_rules(client: Client) -> None:
    made = asked(client, "post", "strategies/saved/", name="A", document=HOLD).json()
    address = f"strategies/saved/{made['id']}/"
    changed = asked(client, "put", address, document=CROSS, base=made["latest"]["digest"]).json()
    stale = asked(client, "put", address, document=HOLD, base=made["latest"]["digest"])
    gone = asked(client, "delete", address)

    assert made["latest"]["sentences"] == ["When the close is above 0, buy."]
    assert [param["name"] for param in changed["latest"]["params"]] == ["fast", "slow"]
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "strategy_changed")
    assert gone.status_code == 204
    assert asked(client, "get", address).status_code == 404


def test_api_names_faults_by_their_pointer(client: Client) -> None:
    wrong = {"enter_long": {"compare": "above", "left": {"indicator": "smaa"}, "right": 1}}

    refused = asked(client, "post", "strategies/saved/", document=wrong)
    looked = asked(client, "post", "strategies/validate/", document=wrong).json()

    assert refused.status_code == 422
    assert set(refused.json()["error"]["details"]) == {"/enter_long/left/indicator"}
    assert looked["valid"] is False
    assert looked["faults"][0]["pointer"] == "/enter_long/left/indicator"


def test_api_validates_a_text_nested_deeper_than_its_own_limit(client: Client) -> None:
    condition: Any = HOLD["enter_long"]
    for _ in range(14):
        condition = {"all": [condition]}

    found = asked(
        client, "post", "strategies/validate/", document=json.dumps({"enter_long": condition})
    ).json()

    assert found["valid"] is True
    assert found["lookback"] == 0


def test_api_runs_a_version_and_an_inline_document(client: Client, user: User) -> None:
    made = asked(client, "post", "strategies/saved/", name="A", document=HOLD).json()
    series = make_goog(user).pk

    by_number = asked(
        client, "post", "backtests/", series=series, rules=made["latest"]["id"]
    ).json()
    equal = asked(client, "post", "backtests/", series=series, document=HOLD).json()
    other = asked(
        client, "post", "backtests/", series=series, document={**CROSS, "name": "Inline"}
    ).json()

    # equal rules are found, others are saved under their own name
    assert by_number["rules"] == equal["rules"] == made["latest"]["id"]
    assert StrategyVersion.objects.get(pk=other["rules"]).strategy.name == "Inline"
    assert SavedStrategy.objects.count() == 2


def test_api_refuses_two_strategies_at_once(client: Client, user: User) -> None:
    body = {"series": make_goog(user).pk, "strategy": "sma_cross", "document": HOLD}

    assert asked(client, "post", "backtests/", **body).status_code == 400


def test_api_versions_and_clone(client: Client, user: User, cross: SavedStrategy) -> None:
    request_run(
        owner=user, series=make_goog(user), strategy=latest_version_of(cross), params={}, now=NOW
    )
    address = f"strategies/saved/{cross.pk}/"
    asked(client, "put", address, document=HOLD)

    versions = asked(client, "get", f"{address}versions/").json()
    first = asked(client, "get", f"{address}versions/1/").json()
    copy = asked(client, "post", f"{address}clone/", version=1).json()

    assert [(one["number"], one["n_runs"]) for one in versions] == [(2, 0), (1, 1)]
    assert copy["latest"]["digest"] == first["digest"]
    assert asked(client, "get", f"{address}versions/9/").status_code == 404
    assert asked(client, "delete", address).json()["error"]["code"] == "strategy_in_use"


def test_api_serves_the_schema_of_rules(client: Client) -> None:
    schema = asked(client, "get", "strategies/schema/").json()

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_request_of_a_saved_key_that_is_none_is_refused(user: User) -> None:
    with pytest.raises(NoSuchStrategy):
        request_run(owner=user, series=make_goog(user), strategy="saved-9", params={}, now=NOW)


# Command ------------------------------------------------------------------------------------------


def test_command_runs_a_file_of_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(CROSS))
    out = io.StringIO()

    call_command(
        "backtest", "--bars", str(GOOG_CSV), "--rules", str(file), "--param", "fast=10",
        "--commission", "0.002", "--json", stdout=out,
    )  # fmt: skip

    # backtesting.py 0.6.6 and vectorbt 1.2.0 on GOOG, commission 0.002, whole units
    final = json.loads(out.getvalue())["metrics"]["equity_final"]
    assert final == pytest.approx(56263.51934, abs=1e-6)


def test_command_buys_the_size_that_rules_name(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({**HOLD, "size": {"units": 10}}))
    out = io.StringIO()

    call_command("backtest", "--bars", str(GOOG_CSV), "--rules", str(file), "--json", stdout=out)

    gain = 10 * (PRICES["Close"].iloc[-1] - PRICES["Open"].iloc[1])
    final = json.loads(out.getvalue())["metrics"]["equity_final"]
    assert final == pytest.approx(10_000 + gain, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "not JSON"), ("{}", "no rule to buy"), (None, "no file")]
)
def test_command_says_what_is_wrong_with_the_file(
    tmp_path: Path, text: str | None, words: str
) -> None:
    file = tmp_path / "rules.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(CommandError, match=words):
        call_command("backtest", "--bars", str(GOOG_CSV), "--rules", str(file))


def test_strategies_are_checked_stored_listed_and_written(user: User, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({**HOLD, "name": "From a file"}))

    def said(*words: str) -> str:
        out = io.StringIO()
        call_command("strategies", *words, stdout=out)
        return out.getvalue()

    checked = said("check", str(file))
    said("import", str(file), "--user", user.email)
    listed = said("list", "--user", user.email)
    number = str(SavedStrategy.objects.get().pk)
    written = said("export", number, "--user", user.email)

    assert checked == "When the close is above 0, buy.\n"
    assert "From a file" in listed
    assert json.loads(written) == {"name": "From a file", **HOLD}


def test_strategies_check_names_every_fault(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text('{"enter_long": {"compare": "above", "left": 1, "right": 2}, "trail": {}}')

    with pytest.raises(CommandError) as refused:
        call_command("strategies", "check", str(file))

    assert len(str(refused.value).splitlines()) == 2
