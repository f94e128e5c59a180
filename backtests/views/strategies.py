from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from backtests.engine import get_strategy
from backtests.engine.registry import UnknownStrategy, catalogue
from backtests.engine.rules import TEMPLATES
from backtests.models import StrategyVersion
from backtests.selectors import runs_visible_to
from backtests.selectors.samples import sample_run
from backtests.selectors.strategies import (
    changes_between,
    exported,
    latest_runs_of,
    latest_version_of,
    rules_of,
    strategies_visible_to,
    templates,
)
from backtests.services import (
    archive_strategy,
    clone_strategy,
    create_strategy,
    delete_strategy,
    rename_strategy,
    restore_strategy,
)
from backtests.views.shared import strategy_or_404, version_or_404

RUNS_OF_STRATEGY = 10


@require_GET
def strategy_list(request: HttpRequest) -> HttpResponse:
    known = catalogue()
    mine = list(strategies_visible_to(request.user))
    runs = latest_runs_of(request.user)
    rows = [(one, latest_version_of(one), runs.get(one.pk)) for one in mine]
    context = {
        "mine": [row for row in rows if row[0].archived_at is None],
        "archived": [row for row in rows if row[0].archived_at is not None],
        "templates": templates(),
        "strategies": known.strategies.values(),
        "broken": known.errors,
    }
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
        "sample": sample_run(name),
        "runs": runs_visible_to(request.user).filter(strategy=name)[:RUNS_OF_STRATEGY],
    }
    return TemplateResponse(request, "backtests/strategy_detail.html", context)


@require_GET
def saved_strategy(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    version = version_or_404(strategy, request.GET.get("version", ""))
    versions = list(strategy.versions.all())
    before = _before(versions, version, request.GET.get("against", ""))
    context: dict[str, Any] = {
        "strategy": strategy,
        "version": version,
        "versions": versions,
        "is_latest": version == latest_version_of(strategy),
        "rules": rules_of(version),
        "before": before,
        "changes": changes_between(before, version) if before else [],
        "runs": runs_visible_to(request.user).filter(rules__strategy=strategy)[:RUNS_OF_STRATEGY],
    }
    return TemplateResponse(request, "backtests/saved_strategy.html", context)


@require_GET
def rules_json(request: HttpRequest, strategy_id: int) -> JsonResponse:
    strategy = strategy_or_404(request, strategy_id)
    version = version_or_404(strategy, request.GET.get("version", ""))
    name = f"{slugify(strategy.name) or 'rules'}-v{version.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    options = {"indent": 2, "ensure_ascii": False}
    return JsonResponse(exported(version), headers=headers, json_dumps_params=options)


@require_POST
def strategy_rename(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    try:
        rename_strategy(strategy=strategy, name=request.POST.get("name", ""), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"It is called {strategy} now.")
    return redirect(strategy)


@require_POST
def strategy_clone(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    version = version_or_404(strategy, request.POST.get("version", ""))
    try:
        made = clone_strategy(owner=request.user, version=version, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(strategy)
    messages.success(request, f"{made} was made from version {version.number} of {strategy}.")
    return redirect("backtests:strategy_edit", made.pk)


@require_POST
def strategy_archive(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    archive_strategy(strategy=strategy, now=timezone.now())
    messages.success(request, f"{strategy} is in the archive.")
    return redirect("backtests:strategy_list")


@require_POST
def strategy_restore(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    try:
        restore_strategy(strategy=strategy)
    except ValidationError as error:
        messages.error(request, f"{' '.join(error.messages)} Rename one of them first.")
    else:
        messages.success(request, f"{strategy} is back from the archive.")
    return redirect(strategy)


@require_POST
def strategy_delete(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = strategy_or_404(request, strategy_id)
    try:
        delete_strategy(strategy=strategy)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(strategy)
    messages.success(request, f"{strategy.name} was deleted.")
    return redirect("backtests:strategy_list")


@require_POST
def template_use(request: HttpRequest, name: str) -> HttpResponse:
    if name not in TEMPLATES:
        raise Http404
    try:
        made = create_strategy(
            owner=request.user, document=TEMPLATES[name], is_copy=True, now=timezone.now()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("backtests:strategy_list")
    messages.success(request, f"{made} is yours now. Change what you like.")
    return redirect("backtests:strategy_edit", made.pk)


def _before(
    versions: list[StrategyVersion], version: StrategyVersion, against: str
) -> StrategyVersion | None:
    """Return the version to compare with: the one asked for, else the one before."""
    earlier = [one for one in versions if one.number < version.number]
    chosen = [one for one in versions if str(one.number) == against and one != version]
    return next(iter(chosen or earlier), None)
