"""The chain's quotes refresh in place; exercise is a choice; the exposure map adds up."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from greeks.engine import american_greeks, american_implied_vol
from greeks.selectors import chain_view, exposure_view, heat_map
from greeks.selectors.chains import ExerciseNotOffered, exercises_of
from greeks.selectors.words import short_day

PAGE = "/options/chain/"
HTMX = {"HX-Request": "true", "HX-Target": "quotes"}
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


def test_refresh_of_the_same_quotes_is_empty(client, at):
    at(NOW)
    seen = client.get(PAGE).context["seen"]

    answer = client.get(PAGE, {"seen": seen}, headers=HTMX)

    assert (answer.status_code, answer.content) == (204, b"")


def test_refresh_of_newer_quotes_is_the_body_of_the_table(client, at):
    at(NOW)
    seen = client.get(PAGE).context["seen"]
    at(NOW + timedelta(minutes=1))

    answer = client.get(PAGE, {"seen": seen}, headers=HTMX)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.strip().startswith("<tbody")
    assert html.count('hx-swap-oob="true"') == 8
    assert answer.context["seen"] > seen
    assert f'id="q-spot" hx-swap-oob="true">{answer.context["view"].chain.spot:,.2f}' in html
    assert "<html" not in html


def test_page_says_where_its_quotes_come_from_next(client, at):
    at(NOW)

    html = client.get(PAGE, {"exercise": "american", "strikes": "all"}).content.decode()

    assert 'hx-trigger="every 20s"' in html
    assert (
        "exercise=american&amp;columns=market&amp;expiration=2026-12-11&amp;seen=2026-11-20T18%3A00%3A00%2B00%3A00"
        in html
    )
    assert "strikes=all" in html.split('id="quotes"')[1][:400]


def test_greeks_are_columns_of_the_chain_and_stay_on_refresh(client, at):
    at(NOW)

    answer = client.get(PAGE, {"columns": "greeks"})

    html, row = answer.content.decode(), answer.context["rows"][15]
    for figure in (
        f"{row['call']['gamma']:.4f}",
        f"{row['call']['theta_per_day']:.3f}".replace("-", "−"),
        f"{row['put']['vega_per_point']:.3f}",
    ):
        assert f'<td class="n p4">{figure}</td>' in html
    assert "columns=greeks" in html.split('id="quotes"')[1][:200]
    assert "Call OI" not in html


def test_expiry_a_year_away_says_its_year():
    today = date(2026, 11, 20)

    days = [date(2026, 12, 18), date(2027, 11, 19), date(2027, 11, 20), date(2028, 1, 21)]

    words = ["Dec 18", "Nov 19", "Nov 20 2027", "Jan 21 2028"]
    assert [short_day(day, today) for day in days] == words


def test_page_names_the_zone_of_its_moment(client, at):
    at(NOW)

    html = client.get(PAGE).content.decode()

    assert '<span id="q-as-of">2026-11-20 18:00</span> UTC' in html


def test_american_chain_is_the_engines():
    view = chain_view("AAPL", None, now=NOW, exercise="american")
    chain, put = view.chain, int(np.flatnonzero((view.chain.kind < 0) & (view.years > 0.3))[40])
    terms = (chain.kind[put], chain.spot, chain.strike[put], view.years[put], 0.04, 0.0)

    mid = 0.5 * (chain.bid[put] + chain.ask[put])
    vol = american_implied_vol(terms[0], mid, *terms[1:])
    greeks = american_greeks(*terms, view.analysis.vol[put])

    assert view.analysis.vols.mid[put] == pytest.approx(float(vol.vol), rel=1e-9)
    assert view.analysis.greeks["gamma"][put] == pytest.approx(float(greeks["gamma"]), rel=1e-9)
    assert view.model.startswith("American exercise")


def test_exercise_that_is_not_offered_is_refused(client):
    with pytest.raises(ExerciseNotOffered):
        chain_view("SPY", None, now=NOW, exercise="bermudan")
    answer = client.get(PAGE, {"exercise": "bermudan"})
    assert (answer.status_code, answer.context["refusal"]) == (
        422,
        "Options on SPY are european, american.",
    )
    assert exercises_of("SPX") == ("european",)


def test_heat_map_adds_up_to_the_total():
    view = exposure_view("SPY", now=NOW)

    heat = heat_map(view, around=10_000)

    cells = np.array([[cell.value or 0.0 for cell in cells] for _, _, cells, _ in heat.rows])
    sums = [total.value or 0.0 for *_, total in heat.rows]
    total = view.measured.totals.gex_usd_per_1pct / 1e6
    assert cells.sum(axis=1) == pytest.approx(sums, abs=1e-9)
    assert cells.sum(axis=0) == pytest.approx([one.value or 0.0 for one in heat.totals], abs=1e-9)
    assert heat.total == pytest.approx(total, rel=1e-9)
    assert cells.sum() == pytest.approx(total, rel=1e-9)
    assert len(heat.rows) == heat.n_strikes == view.measured.by_strike.strike.size


def test_heat_map_shades_the_largest_darkest_and_marks_the_spot():
    view = exposure_view("SPY", now=NOW)

    heat = heat_map(view)

    cells = [cell for _, _, row, _ in heat.rows for cell in row if cell.value is not None]
    largest = max(cells, key=lambda cell: abs(cell.value))
    assert largest.tone in {"u5", "d5"}
    assert all(cell.tone[0] == ("u" if cell.value > 0 else "d") for cell in cells)
    strikes = [strike for strike, *_ in heat.rows]
    assert strikes == sorted(strikes, reverse=True)
    marked = [strike for strike, is_nearest, *_ in heat.rows if is_nearest]
    known = view.measured.by_strike.strike
    assert marked == [known[np.abs(known - view.source.chain.spot).argmin()]]


def test_exposure_page_shows_the_map(client):
    html = client.get("/options/exposure/").content.decode()

    assert "Net gamma exposure by strike and expiry" in html
    assert html.count('class="u5"') + html.count('class="d5"') > 0
