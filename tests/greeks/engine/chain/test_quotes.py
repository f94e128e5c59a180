import numpy as np
import pytest

from greeks.engine.chain import QuoteIssue, is_usable, issue_words, make_quotes, quote_issues


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        #  strike years  bid  ask  age
        ((100.0, 0.1, 1.00, 1.10, 5.0), QuoteIssue(0)),
        ((100.0, 0.1, 1.00, 1.10, np.nan), QuoteIssue(0)),
        ((100.0, 0.1, 1.20, 1.10, 5.0), QuoteIssue.CROSSED),
        ((100.0, 0.1, 1.10, 1.10, 5.0), QuoteIssue.LOCKED),
        ((100.0, 0.1, 0.00, 0.05, 5.0), QuoteIssue.ZERO_BID),
        ((100.0, 0.1, 0.00, 0.00, 5.0), QuoteIssue.ZERO_BID | QuoteIssue.LOCKED),
        ((100.0, 0.1, 1.00, 1.10, 901.0), QuoteIssue.STALE),
        ((100.0, 0.1, 1.00, 2.00, 5.0), QuoteIssue.WIDE),
        ((100.0, 0.1, 0.05, 0.25, 5.0), QuoteIssue(0)),
        ((100.0, 0.0, 1.00, 1.10, 5.0), QuoteIssue.EXPIRED),
        ((100.0, 0.1, np.nan, 1.10, 5.0), QuoteIssue.MISSING),
        ((np.nan, 0.1, 1.00, 1.10, 5.0), QuoteIssue.MISSING),
        ((100.0, 0.1, -1.0, 1.10, 5.0), QuoteIssue.BAD_INPUT | QuoteIssue.WIDE),
        ((0.0, 0.1, 1.00, 1.10, 5.0), QuoteIssue.BAD_INPUT),
    ],
)
def test_quote_issues_one_row(row, expected):
    strike, years, bid, ask, age = row

    issues = quote_issues(make_quotes("call", strike, years, bid, ask, age_seconds=age))

    assert issues.tolist() == [expected]


def test_quote_issues_duplicate_keeps_the_narrowest_usable_row():
    kinds = ["call", "call", "put", "call"]
    quotes = make_quotes(kinds, 100.0, 0.1, [1.00, 1.00, 1.00, 1.10], [1.20, 1.10, 1.10, 1.05])

    issues = quote_issues(quotes)

    assert issues.tolist() == [
        QuoteIssue.DUPLICATE,
        0,
        0,
        QuoteIssue.CROSSED | QuoteIssue.DUPLICATE,
    ]


def test_is_usable_locked_and_wide_quotes_stay():
    issues = np.array([0, 16, 256, 8, 32, 512], dtype=np.int16)

    assert is_usable(issues).tolist() == [True, True, True, False, False, False]


def test_issue_words_lists_each_reason():
    assert issue_words(QuoteIssue.CROSSED | QuoteIssue.STALE) == ["bid above ask", "old quote"]
    assert issue_words(0) == []


def test_quote_issues_empty_chain_is_empty():
    nothing = np.zeros(0)

    assert quote_issues(make_quotes(nothing + 1, nothing, nothing, nothing, nothing)).size == 0
