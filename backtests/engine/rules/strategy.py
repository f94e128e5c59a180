"""A rule document as a strategy like any other."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from backtests.engine.rules.evaluation import evaluate, read_indicators
from backtests.engine.rules.faults import RuleError
from backtests.engine.rules.parsing import parse_parameters, parse_rules
from backtests.engine.rules.reading import load_rules
from backtests.engine.rules.sentences import describe
from backtests.engine.rules.tree import Rules
from backtests.engine.signals import Signals
from backtests.engine.sizing import Sizing
from backtests.engine.strategy import InvalidParams, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D


class RuleStrategy(Strategy):
    """Signals from a rule document; its own parameters are the strategy's.

    Parameters
    ----------
    document : object or str
        A rule document, parsed or as JSON text.
    name : str
        Key under which results are filed.
    label : str
        What a page shows; else the document's own name.

    Raises
    ------
    RuleError
        If the document cannot be used; `faults` names every fault by its place.

    Notes
    -----
    `version` is a hash of the document, so equal rules have equal versions.
    """

    name = "rules"
    label = "Rules"
    rules: tuple[str, ...]

    def __init__(self, document: Any, *, name: str = "rules", label: str = "") -> None:
        if isinstance(document, str):
            document = load_rules(document)
        # One class serves all documents, so what is fixed for a plugin is the instance's here.
        rules = parse_rules(document)
        text = json.dumps(document, sort_keys=True)
        self.document = json.loads(text)  # a copy of our own
        title = label or document.get("name")
        about = document.get("description")
        vars(self).update(
            name=name,
            label=title if isinstance(title, str) and title else "Rules",
            description=about if isinstance(about, str) and about else " ".join(describe(rules)),
            version=hashlib.sha256(text.encode()).hexdigest()[:12],
            params=parse_parameters(document),
            rules=tuple(describe(rules)),
        )
        self._latest: tuple[Params, Rules] = ({}, rules)

    def bound(self, params: Params | None = None) -> Rules:
        """Return the rules with their own parameters replaced by `params`.

        Raises
        ------
        InvalidParams
            If a number is not allowed where its parameter is used.
        """
        wanted = dict(params or {})
        known, rules = self._latest  # read once: threads may share a strategy
        if wanted == known:
            return rules
        try:
            rules = parse_rules(self.document, wanted)
        except RuleError as error:
            faults = {fault.parameter or "rules": str(fault) for fault in error.faults}
            raise InvalidParams(faults) from None
        self._latest = (wanted, rules)
        return rules

    def sizing(self, params: Params | None = None) -> Sizing | None:
        """Return the sizing to run with, None if the rules leave it to the run.

        Notes
        -----
        A percentage of equity also travels with the signals, as their weight; cash and units
        only take effect when a run is given this.
        """
        size = self.bound(params).size
        if size is None:
            return None
        if size.kind == "percent_of_equity":
            return Sizing(kind="equity", value=size.amount / 100.0)
        return Sizing(kind=size.kind, value=size.amount)

    @property
    def lookback(self) -> int:
        """Bars before the first decision, with the parameters' defaults."""
        return self.warm_up({})

    def sentences(self, params: Params | None = None) -> list[str]:
        """Return the rules in words, with these parameters."""
        return describe(self.bound(params))

    def check(self, params: Params) -> None:
        """Raise InvalidParams if the rules make no sense with these parameters."""
        self.bound(params)

    def warm_up(self, params: Params) -> int:
        """Return the bars before every part of the rules has a value."""
        return self.bound(params).lookback

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return every indicator the rules read, by the words the sentences use for it."""
        return read_indicators(self.bound(params), bars)

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return the decisions of the rules at each close."""
        return evaluate(self.bound(params), bars)
