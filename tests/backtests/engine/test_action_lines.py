import pytest

from backtests.engine.action_lines import BadActions, actions_of, read_actions, write_actions
from backtests.engine.corporate_actions import Dividend, Split

DAY_NS = 86_400_000_000_000


def test_read_actions_takes_heads_blanks_tabs_semicolons_and_ratios():
    text = (
        "date,kind,value\n"
        "\n"
        "2024-06-10,split,10:1\n"
        "2012-05-01;Split;1:20\n"
        "2024-03-05\tdividend\t0.04\n"
        " 2024-09-12 , dividend , 1e-2 \n"
    )

    assert read_actions(text) == [
        {"date": "2024-06-10", "kind": "split", "value": 10.0},
        {"date": "2012-05-01", "kind": "split", "value": 0.05},
        {"date": "2024-03-05", "kind": "dividend", "value": 0.04},
        {"date": "2024-09-12", "kind": "dividend", "value": 0.01},
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2024-06-10,split", "write date, kind and value, parted by commas."),
        ("10.06.2024,split,2", "10.06.2024 is no date like 2024-06-10."),
        ("0001-01-01,split,2", "the year must lie between 1700 and 2200."),
        ("2024-06-10,bonus,2", "bonus is no kind; write split or dividend."),
        ("2024-06-10,split,0", "the value of a split must be a number above 0, not 0."),
        ("2024-06-10,split,2:0", "the value of a split must be a number above 0, not 2:0."),
        ("2024-06-10,split,-1:-2:3", "the value of a split must be a number above 0"),
        ("2024-06-10,dividend,2:1", "the value of a dividend must be a number above 0"),
        ("2024-06-10,dividend,nan", "the value of a dividend must be a number above 0"),
        ("2024-06-10,dividend,inf", "the value of a dividend must be a number above 0"),
    ],
)
def test_read_actions_names_each_bad_line(line, words):
    with pytest.raises(BadActions) as refusal:
        read_actions(f"2024-01-02,split,2\n{line}\n2024-01-03,dividend,1")

    assert list(refusal.value.faults) == [2]
    assert refusal.value.faults[2].startswith(words)


def test_read_actions_of_too_many_lines_is_refused():
    with pytest.raises(BadActions, match="at most 2,000"):
        read_actions("2024-01-02,dividend,1\n" * 2_001)


def test_write_actions_is_read_again_to_the_last_bit():
    rows = [{"date": "2024-06-10", "kind": "split", "value": 1.0 / 3.0}]

    assert read_actions(write_actions(rows)) == rows


def test_actions_of_begin_at_midnight_of_their_date():
    rows = [
        {"date": "1970-01-03", "kind": "split", "value": 2.0},
        {"date": "1970-01-02", "kind": "dividend", "value": 0.5},
    ]

    assert actions_of(rows) == [Split(2 * DAY_NS, 2.0), Dividend(DAY_NS, 0.5)]
