import pytest

from backtests.engine import InvalidParams, Param, Signals, get_strategy, strategies
from backtests.engine.registry import UnknownStrategy, catalogue


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"fast": 20, "slow": 10}, {"fast", "slow"}),
        ({"fast": 10, "slow": 10}, {"fast", "slow"}),
        ({"fast": 0}, {"fast"}),
        ({"fast": 2.5}, {"fast"}),
        ({"fast": "ten"}, {"fast"}),
        ({"fast": True}, {"fast"}),
        ({"fast": float("nan")}, {"fast"}),
        ({"fast": 10**400}, {"fast"}),
        ({"fats": 10}, {"fats"}),
        ({"fast": -1, "slow": 9_999}, {"fast", "slow"}),
    ],
)
def test_resolve_names_every_wrong_parameter(given, fields):
    with pytest.raises(InvalidParams) as caught:
        get_strategy("sma_cross").resolve(given)

    assert set(caught.value.errors) == fields


def test_resolve_fills_in_defaults_in_the_parameters_type():
    assert get_strategy("sma_cross").resolve({"fast": 5.0}) == {"fast": 5, "slow": 20}


@pytest.mark.parametrize(
    ("param", "good", "bad"),
    [
        (Param("p", "bool", default=True), False, 1),
        (Param("p", "choice", "a", choices=("a", "b")), "b", "c"),
        (Param("p", "float", 1.0, low=0.5, high=2.0), 2.0, 2.1),
    ],
)
def test_param_takes_only_its_kind(param, good, bad):
    assert param.check(good) == good
    with pytest.raises(ValueError, match="must be"):
        param.check(bad)


def test_unknown_strategy_is_told_what_there_is():
    with pytest.raises(UnknownStrategy, match="sma_cross"):
        get_strategy("nothing")


PLUGINS = """
from backtests.engine import Signals, Strategy

class Flat(Strategy):
    name, label = "flat", "Flat"

    def signals(self, bars, params):
        none = bars.close < 0
        return Signals(none, none, none, none)

class Taken(Flat):
    name = "sma_cross"
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Install a distribution with a good plugin and three broken ones."""
    (tmp_path / "trader_plugins.py").write_text(PLUGINS)
    info = tmp_path / "trader-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trader\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[pulseengine.strategies]\n"
        "good = trader_plugins:Flat\n"
        "taken = trader_plugins:Taken\n"
        "absent = trader_plugins:Nothing\n"
        "gone = no_such_module\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


@pytest.mark.usefixtures("plugins")
def test_broken_plugins_are_reported_and_stop_nobody():
    found = catalogue()

    assert {"flat", "sma_cross"} <= set(found.strategies)
    assert {error.name for error in found.errors} == {"taken", "absent", "gone"}
    assert type(strategies()["sma_cross"]).__name__ == "SmaCross"


def test_built_in_strategies_load_without_errors():
    assert catalogue().errors == ()


def test_signals_of_another_type_are_refused_by_name():
    with pytest.raises(ValueError, match="exit_long"):
        Signals([True], [1], [False], [False])
