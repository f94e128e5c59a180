"""Components own roles, ids and labels: what a page gets from each."""

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler


class Tags(HTMLParser):
    """Every start tag of a page with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text = " ".join(f"{self.text} {data}".split())

    def only(self, tag: str) -> dict[str, str | None]:
        (attributes,) = [attributes for name, attributes in self.tags if name == tag]
        return attributes


def render(source: str, **context: Any) -> Tags:
    template = engines["django"].from_string(CottonCompiler().process(source))
    return Tags(template.render(context, RequestFactory().get("/runs/?page=2&side=long")))


class AverageForm(forms.Form):
    fast = forms.IntegerField(min_value=2, help_text="Bars of the short average.")
    note = forms.CharField(required=False)
    side = forms.ChoiceField(
        choices=[("long", "Long"), ("short", "Short")], widget=forms.RadioSelect
    )
    close_at_end = forms.BooleanField(required=False)


def job(**changed: Any) -> SimpleNamespace:
    fields = {
        "pk": 7,
        "kind": "backtestrun",
        "title": "SMA cross on <SPY>",
        "status": "RUNNING",
        "progress_percent": 41,
        "message": "Bar 8,200,000",
        "error_message": "",
        "is_active": True,
        "can_retry": False,
        "get_absolute_url": "/backtests/7/",
    }
    return SimpleNamespace(**fields | changed)


def test_field_with_an_error_names_it_and_the_help():
    page = render('<c-field :field="form.fast" />', form=AverageForm({"fast": "1"}))

    field = page.only("input")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "id_fast_helptext id_fast_error"
    assert {a["id"] for _, a in page.tags if "id" in a} == {
        "id_fast",
        "id_fast_helptext",
        "id_fast_error",
    }
    assert page.only("label")["for"] == "id_fast"
    assert "Ensure this value is greater than or equal to 2." in page.text


def test_field_that_may_stay_empty_says_so():
    page = render('<c-field :field="form.note" />', form=AverageForm())

    assert page.text == "Note optional"


def test_field_with_choices_is_a_named_group():
    page = render('<c-field :field="form.side" as="segmented" />', form=AverageForm())

    assert [tag for tag, _ in page.tags] == [
        "fieldset", "legend", "div", "label", "input", "label", "input",
    ]  # fmt: skip
    assert page.text == "Side Long Short"


def test_field_with_a_checkbox_puts_the_box_into_the_label():
    page = render('<c-field :field="form.close_at_end" />', form=AverageForm())

    assert [tag for tag, _ in page.tags] == ["div", "label", "input"]


def test_panel_with_a_title_is_a_named_region():
    page = render('<c-panel title="Trades of 2023">x</c-panel>')

    assert (
        page.only("section")["aria-labelledby"] == page.only("h2")["id"] == "trades-of-2023-title"
    )


def test_flags_of_a_component_do_not_reach_those_inside():
    page = render('<c-panel title="A" flush><c-panel title="B">x</c-panel></c-panel>')

    bodies = [a for _, a in page.tags if a.get("class") == "panel-body"]
    assert len(bodies) == 1


def test_active_job_shows_progress_and_can_be_cancelled():
    page = render('<c-job-row :job="job" oob />', job=job())

    row = page.only("li")
    assert (row["id"], row["hx-swap-oob"]) == ("job-backtestrun-7", "true")
    assert page.only("progress")["value"] == "41"
    assert page.only("button")["hx-post"] == "/jobs/backtestrun/7/cancel/"
    assert page.only("a")["href"] == "/backtests/7/"


@pytest.mark.parametrize(
    ("status", "text"),
    [("SUCCEEDED", "Done"), ("FAILED", "Failed"), ("CANCELLED", "Cancelled"), ("QUEUED", "Queued")],
)
def test_job_that_is_not_running_says_its_state_in_a_word(status, text):
    page = render('<c-job-row :job="job" />', job=job(status=status, is_active=False, message=""))

    assert page.text == f"SMA cross on <SPY> {text}"


def test_failed_job_says_why_and_can_be_run_again():
    failed = job(status="FAILED", is_active=False, can_retry=True, error_message="No bars.")

    page = render('<c-job-row :job="job" />', job=failed)

    assert page.text == "SMA cross on <SPY> Failed No bars."
    assert page.only("button")["hx-post"] == "/jobs/backtestrun/7/retry/"


def test_title_with_markup_is_written_as_text():
    page = render('<c-toast title="{{ title }}" text="{{ title }}" />', title="<b>&amp;")

    assert page.text == "<b>&amp; <b>&amp;"


def test_stat_with_a_formula_offers_it():
    page = render(
        '<c-stat label="CAGR" value="11.3%" definition="Growth" formula="(b / a)^(1 / y) − 1" />'
    )

    tip = page.only("button")
    assert (tip["data-tip"], tip["data-formula"]) == ("Growth", "(b / a)^(1 / y) − 1")


def test_pagination_keeps_the_other_parameters():
    page = SimpleNamespace(
        has_other_pages=True,
        has_previous=True,
        has_next=True,
        number=2,
        previous_page_number=1,
        next_page_number=3,
        paginator=SimpleNamespace(num_pages=9),
    )

    links = [
        a["href"]
        for tag, a in render('<c-pagination :page="page" />', page=page).tags
        if tag == "a"
    ]

    assert links == ["?page=1&side=long", "?page=3&side=long"]


def test_tab_that_is_not_selected_leaves_the_tab_order():
    page = render('<c-tab panel="trades" label="Trades" count="0" />')

    tab = page.only("button")
    assert (tab["aria-selected"], tab["tabindex"], tab["aria-controls"]) == (
        "false",
        "-1",
        "trades",
    )
    assert page.text == "Trades 0"
