from datetime import UTC, datetime
from io import BytesIO

import pytest

from market.services import commit_upload, stage_upload

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADER = "Date,Open,High,Low,Close,Volume\n"
THREE_DAYS = "2024-01-02,10,12,9,11,100\n2024-01-03,11,13,10,12,200\n2024-01-04,12,14,11,13,300\n"


@pytest.fixture
def owner(user):
    return user


@pytest.fixture
def stage(owner):
    def staged(rows=THREE_DAYS, symbol="GOOG", **fields):
        return stage_upload(
            **{
                "owner": owner,
                "file": BytesIO((HEADER + rows).encode()),
                "file_name": "bars.csv",
                "symbol": symbol,
                "now": NOW,
                **fields,
            }
        )

    return staged


@pytest.fixture
def store(stage):
    def stored(rows=THREE_DAYS, symbol="GOOG", **fields):
        return commit_upload(upload=stage(rows, symbol, **fields), now=NOW)[0]

    return stored
