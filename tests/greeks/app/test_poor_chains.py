"""Pages on chains that say little: crossed quotes, nobody's options, one contract."""

import numpy as np
import pytest

from greeks.engine.exposure import profile, zero_gamma
from greeks.selectors import exposure_view
from greeks.selectors.sources import source_of_upload
from tests.greeks.app.chains import NOW, stage, store

HEADER = "underlying,as_of,expiration,strike,type,bid,ask,open_interest,underlying_price"
EXPIRES = "2026-02-03"
PRICES = {90: (10.6, 0.32), 95: (6.5, 1.2), 100: (2.95, 2.65), 105: (1.1, 5.8), 110: (0.35, 10.1)}


def chain_of(*, half_spread=0.02, interest=50, strikes=tuple(PRICES), kinds=("call", "put")):
    """Return a file of options on 100, four weeks before their expiry."""
    lines = [HEADER]
    for strike in strikes:
        for kind, mid in zip(("call", "put"), PRICES[strike], strict=True):
            if kind in kinds:
                quote = f"{mid - half_spread:.2f},{mid + half_spread:.2f}"
                lines.append(
                    f"XYZ,2026-01-06T21:00:00+00:00,{EXPIRES},{strike},{kind},{quote},{interest},100"
                )
    return "\n".join(lines) + "\n"


@pytest.fixture
def answer_of(client, user):
    def answer_of(name, text, **query):
        upload = store(user, text)
        return client.get(f"/options/{name}/", {"symbol": f"XYZ@{upload.pk}", **query})

    return answer_of


@pytest.mark.parametrize(
    ("terms", "note"),
    [
        ({}, "net exposure keeps one sign or is nil"),
        ({"interest": 0}, "no contract has open interest"),
        ({"half_spread": -0.5}, "no contract counts"),
        ({"strikes": (100,), "kinds": ("call",)}, "net exposure keeps one sign or is nil"),
    ],
)
def test_exposure_without_a_flip_says_why(answer_of, terms, note):
    answer = answer_of("exposure", chain_of(**terms))

    assert note in answer.content.decode()
    assert answer.context["levels"]["zero_gamma"] is None


def test_rounding_would_have_been_many_flips(user, monkeypatch):
    """A call and a put of each strike, held alike: unruly, rounding is many flips."""
    view = exposure_view(source_of_upload(store(user, chain_of())), now=NOW)
    chain, terms = view.source.chain, view.source.analysis.terms
    columns = (chain.kind, chain.strike, view.source.years, view.source.analysis.vol)
    rates = {"rate": terms.rate, "dividend_yield": terms.dividend_yield}

    monkeypatch.setattr(profile, "CANCELLED", -1.0)

    roots = zero_gamma(*columns, chain.open_interest, spot=chain.spot, **rates)
    assert np.unique(np.round(roots, 1)).size > view.roots.size == 0


def test_chain_without_volatility_has_no_expected_move(answer_of):
    html = answer_of("chain", chain_of(half_spread=-0.5)).content.decode()

    assert "±–" not in html
    assert '<span id="q-move">–</span>' in html


def test_position_without_volatility_still_has_prices_of_the_underlying(client, user):
    upload = store(user, chain_of(half_spread=-0.5))
    query = {"symbol": f"XYZ@{upload.pk}", "strategy": "long-call"}

    table = client.get("/options/strategy/matrix.json", query).json()
    payoff = client.get("/options/strategy/payoff.json", query).json()
    slider = client.get("/options/strategy/", query).context["slider"]

    assert (table["columns"][0], table["columns"][-1]) == ("80.00", "125.00")
    at_expiry = dict(zip(payoff["x"], payoff["series"][0]["values"], strict=True))
    assert at_expiry[payoff["x"][0]] == pytest.approx(-295.0)  # a call at 2.95, worth nothing
    assert table["values"][0] == [None] * 9
    assert (slider["low"], slider["high"]) == (75.0, 125.0)


def test_one_contract_is_one(client, user):
    upload = stage(user, chain_of(strikes=(100,), kinds=("call",)))

    html = client.get(f"/options/chains/{upload.pk}/").content.decode()

    assert "Store 1 contract\n" in html.replace("  ", "")
    assert "named below" not in html
