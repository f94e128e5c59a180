"""The strategies this installation knows: built in, and plugged in by entry points."""

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from backtests.engine.portfolio_strategy import PortfolioStrategy
from backtests.engine.strategy import Strategy

BUILT_IN = "backtests.strategies"  # found by name: the engine imports nothing above itself
ENTRY_POINT_GROUP = "pulseengine.strategies"
KINDS = (Strategy, PortfolioStrategy)
Kind = TypeVar("Kind", Strategy, PortfolioStrategy)


class UnknownStrategy(LookupError, ValueError):
    """No strategy has the name asked for."""


class PluginError(NamedTuple):
    """A strategy that could not be loaded, and why."""

    name: str
    error: str


class Catalogue(NamedTuple):
    """What was found: strategies of one instrument and of several by name, and what is broken."""

    strategies: Mapping[str, Strategy]
    errors: tuple[PluginError, ...]
    portfolio_strategies: Mapping[str, PortfolioStrategy]


@cache
def catalogue() -> Catalogue:
    """Find all strategies once; call ``catalogue.cache_clear()`` to look again.

    Notes
    -----
    A plugin that cannot be imported, or takes a name already in use, is reported in `errors`
    and left out; it never stops the others.
    """
    found: dict[str, Strategy | PortfolioStrategy] = {}
    errors: list[PluginError] = []
    for source, load in _sources():
        try:
            for strategy in _strategies_in(load()):
                if strategy.name in found:
                    raise ValueError(f"the name {strategy.name!r} is taken")  # noqa: TRY301 -- reported like any fault of a plugin
                found[strategy.name] = strategy
        except Exception as error:  # noqa: BLE001 -- a plugin may raise anything and must not stop the others
            errors.append(PluginError(source, f"{type(error).__name__}: {error}"))
    ordered = sorted(found.items())
    singles = {name: s for name, s in ordered if isinstance(s, Strategy)}
    portfolios = {name: s for name, s in ordered if isinstance(s, PortfolioStrategy)}
    return Catalogue(MappingProxyType(singles), tuple(errors), MappingProxyType(portfolios))


def strategies() -> Mapping[str, Strategy]:
    """Return all strategies by name, in alphabetical order."""
    return catalogue().strategies


def get_strategy(name: str) -> Strategy:
    """Return the strategy called `name`.

    Raises
    ------
    UnknownStrategy
        If there is none; the text lists those there are.
    """
    return _named(name, strategies(), "strategy")


def portfolio_strategies() -> Mapping[str, PortfolioStrategy]:
    """Return all strategies of several instruments by name, in alphabetical order."""
    return catalogue().portfolio_strategies


def get_portfolio_strategy(name: str) -> PortfolioStrategy:
    """Return the portfolio strategy called `name`.

    Raises
    ------
    UnknownStrategy
        If there is none; the text lists those there are.
    """
    return _named(name, portfolio_strategies(), "portfolio strategy")


def _named(name: str, known: Mapping[str, Kind], noun: str) -> Kind:
    if name not in known:
        raise UnknownStrategy(f"no {noun} called {name!r}; there are: {', '.join(known)}")
    return known[name]


def _sources() -> Iterator[tuple[str, "_Loader"]]:
    for module in iter_modules(import_module(BUILT_IN).__path__, f"{BUILT_IN}."):
        yield module.name, _Loader(module.name)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        yield point.name, _Loader(point.value)


class _Loader:
    """Loads what ``module`` or ``module:attribute`` names, when called."""

    def __init__(self, target: str) -> None:
        self.module, _, self.attribute = target.partition(":")

    def __call__(self) -> object:
        module = import_module(self.module)
        return getattr(module, self.attribute) if self.attribute else module


def _strategies_in(thing: object) -> list[Strategy | PortfolioStrategy]:
    if isinstance(thing, KINDS):
        return [thing]
    if inspect.isclass(thing):
        return [_instance(thing)]
    members = vars(thing).values()
    return [
        _instance(member)
        for member in members
        if inspect.isclass(member)
        and issubclass(member, KINDS)
        and not inspect.isabstract(member)
        and member.__module__ == getattr(thing, "__name__", None)
    ]


def _instance(kind: type) -> Strategy | PortfolioStrategy:
    strategy = kind()
    if not isinstance(strategy, KINDS):
        raise TypeError(f"{kind.__name__} is not a Strategy")
    for attribute in ("name", "label"):
        if not isinstance(getattr(strategy, attribute, None), str):
            raise TypeError(f"{kind.__name__} has no {attribute}")
    return strategy
