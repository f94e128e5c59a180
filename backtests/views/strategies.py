from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from backtests.engine import get_strategy
from backtests.engine.registry import UnknownStrategy, catalogue
from backtests.selectors import runs_visible_to

RUNS_OF_STRATEGY = 5


@require_GET
def strategy_list(request: HttpRequest) -> HttpResponse:
    known = catalogue()
    context = {"strategies": known.strategies.values(), "broken": known.errors}
    return TemplateResponse(request, "backtests/strategy_list.html", context)


@require_GET
def strategy_detail(request: HttpRequest, name: str) -> HttpResponse:
    try:
        strategy = get_strategy(name)
    except UnknownStrategy as error:
        raise Http404 from error
    context = {
        "strategy": strategy,
        "rules": getattr(strategy, "rules", ()),
        "runs": runs_visible_to(request.user).filter(strategy=name)[:RUNS_OF_STRATEGY],
    }
    return TemplateResponse(request, "backtests/strategy_detail.html", context)
