from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from backtests.forms.strategies import JSON, STARTER, StrategyEditor
from backtests.models import SavedStrategy, StrategyVersion
from backtests.selectors.strategies import SAVED, latest_version_of, trial_of
from backtests.services import create_strategy, save_strategy
from backtests.services.strategies import StrategyChanged
from backtests.views.shared import strategy_or_404, version_or_404
from market.selectors import series_visible_to

SAVING = ("save", "run")
SERIES_TO_TRY = 50
PARTIALS = {"builder": "#builder", "preview": "#preview"}


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def strategy_create(request: HttpRequest) -> HttpResponse:
    mode = JSON if request.GET.get("mode") == JSON else ""
    return _builder(request, None, StrategyEditor.opened(STARTER, mode=mode))


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def strategy_edit(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    latest = latest_version_of(strategy)
    shown = version_or_404(strategy, request.GET.get("version", ""))
    editor = StrategyEditor.opened(shown.document, name=strategy.name, base=latest.digest)
    return _builder(request, strategy, editor)


def _builder(
    request: HttpRequest, strategy: SavedStrategy | None, editor: StrategyEditor
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        editor = StrategyEditor.sent(request.POST)
        action = request.POST.get("do", "save")
        if action in SAVING:
            saved = _saved(request, strategy, editor)
            if saved:
                return redirect(_next(saved, action))
            status = 422
        else:
            editor.apply(action, request.FILES.get("file"))
    target = request.htmx.target or ""  # type: ignore[attr-defined]
    series = list(series_visible_to(request.user)[:SERIES_TO_TRY])
    wanted = request.POST.get("try_on", "")
    tried = next((one for one in series if str(one.pk) == wanted), next(iter(series), None))
    context = {
        "editor": editor,
        "builder": editor.builder,
        "strategy": strategy,
        "series": series,
        "tried": tried,
        "trial": trial_of(editor.rules, tried) if editor.rules and tried else None,
    }
    template = f"backtests/strategy_builder.html{PARTIALS.get(target, '')}"
    return TemplateResponse(request, template, context, status=status)


def _next(saved: SavedStrategy, action: str) -> str:
    if action == "run":
        return f"{reverse('backtests:run_create')}?strategy={SAVED}{saved.pk}"
    return saved.get_absolute_url()


def _saved(
    request: HttpRequest, strategy: SavedStrategy | None, editor: StrategyEditor
) -> SavedStrategy | None:
    """Store what was sent; None if it is refused, and the editor says why."""
    is_named = editor.name_form.is_valid()
    if editor.rules is None or not is_named:
        return None
    name, now = editor.name_form.cleaned_data["name"], timezone.now()
    original = latest_version_of(strategy) if strategy else None
    document = editor.rules_to_save(original.document if original else None)
    try:
        if strategy is None:
            strategy = create_strategy(owner=request.user, document=document, name=name, now=now)
            messages.success(request, f"{strategy} was saved.")
            return strategy
        version = save_strategy(
            strategy=strategy, document=document, name=name, base=editor.base, now=now
        )
    except StrategyChanged as error:
        editor.notice = error.sentence
        editor.base = latest_version_of(strategy_or_404(request, strategy.pk)).digest  # type: ignore[union-attr]  # a new one has no base
        return None
    except ValidationError as error:
        editor.name_form.add_error("name", error.messages)
        return None
    messages.success(request, _said(strategy, version, original))
    return strategy


def _said(strategy: SavedStrategy, version: StrategyVersion, before: StrategyVersion | None) -> str:
    if before and before.digest == version.digest:
        return f"The rules of {strategy} are as they were."
    return f"{strategy} was saved as version {version.number}."
