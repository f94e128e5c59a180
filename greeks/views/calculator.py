"""One option."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from greeks.forms import CalculatorForm
from greeks.selectors import curve_chart, valuation

CURVES = ("price", "delta", "gamma", "vega", "theta")


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def calculator(request: HttpRequest) -> HttpResponse:
    form = CalculatorForm(request.GET or CalculatorForm.EXAMPLE)
    now = timezone.now()
    context: dict[str, Any] = {"form": form, "now": now}
    if form.is_valid():
        terms = form.terms(now)
        query = request.GET or _example()
        context |= {
            "terms": terms,
            "valuation": valuation(terms),
            "clock": form.clock,
            "query": query.urlencode(),
        }
    is_live = request.htmx.target == "valuation"  # type: ignore[attr-defined]
    partial = "#valuation" if is_live else ""
    status = 422 if form.errors else 200
    return TemplateResponse(request, f"greeks/calculator.html{partial}", context, status=status)


@require_GET
def calculator_curve(request: HttpRequest, greek: str) -> JsonResponse:
    form = CalculatorForm(request.GET or CalculatorForm.EXAMPLE)
    if greek not in CURVES or not form.is_valid():
        return JsonResponse({"empty": "There is no option to draw."})
    return JsonResponse(curve_chart(form.terms(timezone.now()), greek))


def _example() -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(CalculatorForm.EXAMPLE)
    return query
