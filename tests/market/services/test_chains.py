"""An option chain's way into the library."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest

from market.engine.chains import load_columns
from market.models import ChainUpload
from market.selectors import chain_path, chains_visible_to, stored_chains_of
from market.selectors.chains import staged_chain_path
from market.services import (
    ChainTermsWrong,
    NothingToStore,
    TooManyUploads,
    UnreadableFile,
    UploadDecided,
    UploadHasBadRows,
    chains,
    commit_chain,
    delete_chain,
    restate_chain,
    stage_chain,
)
from tests.market.engine.chains.files import CBOE, GENERIC, YAHOO

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
BAD_ROW = "SPY,2026-11-20 11:30,2026-12-18,0,C,1,2,0,5,655.25\n"


@pytest.fixture
def stage(user):
    def stage(text=GENERIC, **more):
        spec = {"owner": user, "file": BytesIO(text.encode()), "file_name": "spy.csv", "now": NOW}
        return stage_chain(**spec | more)

    return stage


def test_stage_chain_good_file_says_what_it_read(stage):
    upload = stage()

    assert (upload.symbol, upload.n_rows, upload.n_bad, upload.n_contracts) == ("SPY", 3, 0, 3)
    assert upload.as_of == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert (upload.open_interest_on, upload.spot) == (date(2026, 11, 19), 655.25)
    assert upload.expirations == ["2026-12-18", "2027-01-15"]
    assert upload.preview[0] == {
        "expires_on": "2026-12-18",
        "kind": "put",
        "strike": 650.0,
        "bid": 8.3,
        "ask": 8.45,
        "latest": None,
        "volume": 90.0,
        "open_interest": 7300.0,
    }
    assert staged_chain_path(upload).read_text() == GENERIC


def test_stage_chain_terms_of_the_caller_win(stage):
    as_of = datetime(2026, 11, 20, 15, tzinfo=UTC)

    upload = stage(as_of=as_of, spot=656.0, rate=0.04, dividend_yield=0.012, multiplier=10.0)

    assert (upload.as_of, upload.spot, upload.rate) == (as_of, 656.0, 0.04)
    assert (upload.dividend_yield, upload.multiplier) == (0.012, 10.0)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"as_of": NOW + timedelta(hours=1)}, "as_of"),
        ({"spot": 0.0}, "spot"),
        ({"spot": float("nan")}, "spot"),
        ({"rate": 4.0}, "rate"),
        ({"dividend_yield": -4.0}, "dividend_yield"),
        ({"multiplier": -1.0}, "multiplier"),
    ],
)
def test_stage_chain_impossible_term_is_refused_by_name(stage, terms, field):
    with pytest.raises(ChainTermsWrong) as refusal:
        stage(**terms)

    assert list(refusal.value.message_dict) == [field]
    assert not ChainUpload.objects.exists()


def test_stage_chain_of_the_future_is_refused(stage):
    with pytest.raises(ChainTermsWrong, match="of the future"):
        stage(GENERIC.replace("2026-11-20 11:30", "2026-11-24 11:30"))


def test_stage_chain_no_table_is_refused(stage, settings):
    settings.MAX_UPLOAD_BYTES = 2**20

    for text in ("a,b\n1,2\n", "x" * (2**20 + 1)):
        with pytest.raises(UnreadableFile):
            stage(text)


def test_stage_chain_unknown_underlying_asks_for_it(stage):
    text = "expiration,strike,type,bid\n2026-12-18,650,C,1\n"

    with pytest.raises(ChainTermsWrong, match="write the symbol"):
        stage(text)
    assert stage(text, symbol="SPY").symbol == "SPY"


def test_stage_chain_too_many_waiting_is_refused(stage, monkeypatch):
    monkeypatch.setattr(chains, "MAX_STAGED", 1)
    stage()

    with pytest.raises(TooManyUploads, match="wait for your decision"):
        stage()


def test_restate_chain_reads_the_file_again(stage):
    upload = stage(YAHOO, file_name="aapl.csv")
    assert upload.spot is None

    later = datetime(2026, 12, 18, 21, tzinfo=UTC)
    with pytest.raises(ChainTermsWrong):
        restate_chain(upload=upload, now=NOW, as_of=later)
    restate_chain(upload=upload, now=NOW, spot=232.5, as_of=NOW - timedelta(days=1))

    upload.refresh_from_db()
    assert (upload.spot, upload.open_interest_on) == (232.5, date(2026, 11, 18))


def test_restate_chain_later_quotes_expire_contracts(stage):
    upload = stage(CBOE, now=datetime(2027, 1, 4, 18, tzinfo=UTC))

    restate_chain(upload=upload, now=NOW, as_of=datetime(2027, 1, 4, 17, tzinfo=UTC))

    assert (upload.n_contracts, upload.counts) == (0, {"expired": 4})


def test_commit_chain_stores_the_contracts(stage, user, django_capture_on_commit_callbacks):
    upload = stage()

    with django_capture_on_commit_callbacks(execute=True):
        commit_chain(upload=upload, now=NOW)

    columns = load_columns(chain_path(upload))
    assert columns.strike.tolist() == [650, 650, 700]
    assert not staged_chain_path(upload).exists()
    assert list(stored_chains_of(user)) == [upload]
    assert upload.n_bytes == chain_path(upload).stat().st_size


def test_commit_chain_bad_rows_need_a_decision(stage):
    upload = stage(GENERIC + BAD_ROW)

    with pytest.raises(UploadHasBadRows, match="1 of 4 rows are bad"):
        commit_chain(upload=upload, now=NOW)
    commit_chain(upload=upload, now=NOW, on_bad_rows="skip")

    assert len(load_columns(chain_path(upload))) == 3


def test_commit_chain_without_spot_or_rows_is_refused(stage):
    with pytest.raises(ChainTermsWrong, match="Say the price of the underlying"):
        commit_chain(upload=stage(YAHOO), now=NOW)
    with pytest.raises(NothingToStore):
        commit_chain(upload=stage(GENERIC.splitlines()[0] + "\n" + BAD_ROW), now=NOW)


def test_decided_chain_cannot_be_decided_again(stage):
    upload = stage()
    commit_chain(upload=upload, now=NOW)
    stale = ChainUpload.objects.get(pk=upload.pk)
    stale.status = ChainUpload.Status.STAGED

    with pytest.raises(UploadDecided):
        commit_chain(upload=upload, now=NOW)
    with pytest.raises(UploadDecided):
        restate_chain(upload=upload, now=NOW)
    with pytest.raises(UploadDecided, match="in another window"):
        commit_chain(upload=stale, now=NOW)
    staged_chain_path(upload).unlink()
    with pytest.raises(UploadDecided, match="in another window"):
        restate_chain(upload=stale, now=NOW)
    assert np.isfinite(load_columns(chain_path(upload)).strike).all()


def test_delete_chain_takes_its_file(stage, user, django_capture_on_commit_callbacks):
    upload = stage()
    commit_chain(upload=upload, now=NOW)
    path = chain_path(upload)

    with django_capture_on_commit_callbacks(execute=True):
        delete_chain(upload=upload)

    assert not path.exists()
    assert not chains_visible_to(user).exists()


def test_chains_are_their_owners(stage, other_user):
    stage()

    assert not chains_visible_to(other_user).exists()
