"""What the rule builder's page holds between two requests: sentences or JSON, a name, faults."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from backtests.engine.rules import Fault, RuleError, RuleStrategy, load_rules
from backtests.engine.rules.reading import MAX_BYTES
from backtests.forms.builder import Builder
from backtests.forms.draft import (
    ComparisonDraft,
    Draft,
    GroupDraft,
    Places,
    document_of,
    draft_of,
    is_same,
)
from backtests.forms.draft_edits import DraftReader, edit
from backtests.services.strategies import MAX_NAME

FORM, JSON = "form", "json"
MAX_ON_PAGE = 45  # conditions; more would be more fields than a form may send
TOO_MANY = f"More than {MAX_ON_PAGE} conditions are edited as JSON."
STARTER = {
    "enter_long": {
        "crosses": "above",
        "left": {"indicator": "ema", "params": {"window": 12}},
        "right": {"indicator": "ema", "params": {"window": 26}},
    },
    "exit_long": {
        "crosses": "below",
        "left": {"indicator": "ema", "params": {"window": 12}},
        "right": {"indicator": "ema", "params": {"window": 26}},
    },
    "size": {"percent_of_equity": 95},
}
MEND_FIRST = "Mend the JSON first: sentences can only show rules that are complete."


class NameForm(forms.Form):
    """What a strategy is called."""

    name = forms.CharField(max_length=MAX_NAME)


class StrategyEditor:
    """Rules on the builder's page, as sentences in a form or as JSON text.

    Attributes
    ----------
    mode : {"form", "json"}
    draft : Draft
        What the form shows; of a page of JSON the latest one that was complete.
    text : str
        What the JSON field shows, as it was typed.
    rules : RuleStrategy or None
        The rules, if nothing is wrong with them.
    faults : sequence of Fault
        What is wrong, by place.
    notice : str
        Why the page is not in the mode that was asked for.
    """

    def __init__(self, *, name: str, base: str, mode: str, draft: Draft, text: str = "") -> None:
        self.name_form = NameForm({"name": name}) if name else NameForm()
        self.base = base
        self.mode = mode
        self.draft = draft
        self.text = text
        self.focus = ""
        self.notice = ""
        self.places: Places = {}
        self.check()

    @classmethod
    def opened(
        cls, document: Mapping[str, Any], *, name: str = "", base: str = "", mode: str = FORM
    ) -> Self:
        """Return a page of valid rules as they are stored."""
        editor = cls(name=name, base=base, mode=FORM, draft=draft_of(document))
        if mode == JSON or count_of(editor.draft) > MAX_ON_PAGE:
            editor.show_json(document)
        return editor

    @classmethod
    def sent(cls, data: QueryDict) -> Self:
        """Return the page that was sent, whatever its fields hold."""
        mode = JSON if data.get("mode") == JSON else FORM
        return cls(
            name=data.get("name", ""),
            base=data.get("base", ""),
            mode=mode,
            draft=DraftReader(data).draft() if mode == FORM else Draft(),
            text=data.get("document", ""),
        )

    @property
    def builder(self) -> Builder:
        """The rows of the form."""
        return Builder(self.draft, self.places, self.faults, self.focus)

    @property
    def name(self) -> str:
        """The name as it was typed."""
        return str(self.name_form.data.get("name", ""))

    def check(self) -> None:
        """Look at the rules again: sets `rules`, `faults` and the document."""
        self.rules: RuleStrategy | None = None
        self.faults: tuple[Fault, ...] = ()
        self.document: Any = None
        try:
            if self.mode == FORM:
                self.document, self.places = document_of(self.draft)
                self._check_parameter_names()
            else:
                self.document = load_rules(self.text)
            self.rules = RuleStrategy(self.document)
        except RuleError as error:
            self.faults = error.faults
        if self.rules and not self.name and self.rules.document.get("name"):
            self.name_form = NameForm({"name": self.rules.label})

    def rules_to_save(self, original: Mapping[str, Any] | None) -> Any:
        """Return the rules for the service: as stored if sentences were not changed."""
        if self.mode == JSON:
            return self.text
        if original and self.rules and is_same(original, self.rules.document):
            return dict(original)
        return self.document

    def apply(self, action: str, file: "UploadedFile[Any] | None" = None) -> None:
        """Do what a button of the page asks for, short of saving."""
        if action == JSON and self.mode == FORM:
            self.show_json(self.document)
        elif action == FORM and self.mode == JSON:
            self._show_form()
        elif action == "load" and file is None:
            self.notice = "Choose a file first."
        elif action == "load":
            self.mode, self.text = JSON, _text_of(file)
        elif self.mode == FORM:
            self.focus = edit(self.draft, action)
            if count_of(self.draft) > MAX_ON_PAGE:
                self.notice = TOO_MANY
                self.show_json(document_of(self.draft)[0])
        self.check()

    def show_json(self, document: Mapping[str, Any]) -> None:
        """Go on as JSON text."""
        rules = {key: value for key, value in document.items() if key != "name"}
        self.mode, self.text = JSON, json.dumps(rules, indent=2, ensure_ascii=False)

    def _show_form(self) -> None:
        if self.rules is None:
            self.notice = MEND_FIRST
            return
        draft = draft_of(self.rules.document)
        if count_of(draft) > MAX_ON_PAGE:
            self.notice = TOO_MANY
            return
        self.mode, self.draft = FORM, draft

    def _check_parameter_names(self) -> None:
        names = Counter(row.get("name", "").strip() for row in self.draft.parameters)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            pointer = f"/parameters/{twice[0][:40]}"
            message = f"two parameters are called {twice[0]!r}"
            raise RuleError((Fault(pointer, "In the rules' own parameters", message),))


def count_of(draft: Draft) -> int:
    """Return how many conditions a draft has."""
    return sum(_count(group) for group in draft.blocks.values())


def _count(part: ComparisonDraft | GroupDraft) -> int:
    return sum(map(_count, part.parts)) if isinstance(part, GroupDraft) else 1


def _text_of(file: "UploadedFile[Any] | None") -> str:
    """Return the text of a file; of a longer one than rules may be, enough to be refused."""
    if file is None:
        return ""
    content: bytes = file.read(MAX_BYTES + 1)
    return content.decode("utf-8-sig", errors="replace")
