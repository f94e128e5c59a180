from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from market.forms import SimulateForm, UploadForm, add_refusal
from market.models import BarSeries, Upload
from market.selectors import (
    chart_of,
    coverage_rows,
    gap_rows,
    library_totals,
    series_visible_to,
    uploads_visible_to,
)
from market.services import (
    commit_upload,
    delete_series,
    discard_upload,
    fetch_bars,
    install_demo_data,
    stage_upload,
)

UPLOADS_SHOWN = 20


@require_GET
def series_list(request: HttpRequest) -> HttpResponse:
    series = list(series_visible_to(request.user))
    uploads = list(uploads_visible_to(request.user)[:UPLOADS_SHOWN])
    context = {
        "rows": coverage_rows(series),
        "totals": library_totals(request.user),
        "uploads": uploads,
        "n_waiting": sum(upload.is_staged for upload in uploads),
        "with_gaps": [one for one in series if one.n_gaps],
    }
    return TemplateResponse(request, "market/series_list.html", context)


@require_POST
def sample_install(request: HttpRequest) -> HttpResponse:
    made = install_demo_data(owner=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in by middleware
    words = f"{len(made)} simulated series added." if made else "The sample series are all there."
    messages.success(request, words)
    return redirect("market:series_list")


@require_http_methods(["GET", "POST"])
def series_simulate(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = SimulateForm(request.POST or None, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            series = fetch_bars(owner=request.user, now=now, **form.spec())  # type: ignore[arg-type]  # signed in by middleware
        except ValidationError as error:
            add_refusal(form, error, {"start": "starts_on", "end": "ends_on"})
        else:
            messages.success(request, f"{series} has {series.n_rows:,} bars.")
            return redirect(series)
    status = 422 if form.errors else 200
    return TemplateResponse(request, "market/series_simulate.html", {"form": form}, status=status)


@require_GET
def series_detail(request: HttpRequest, series_id: int) -> HttpResponse:
    series = _series(request, series_id)
    context = {"series": series, "gaps": gap_rows(series), "row": coverage_rows([series])[0]}
    return TemplateResponse(request, "market/series_detail.html", context)


@require_GET
@cache_control(private=True, no_cache=True)
def series_candles(request: HttpRequest, series_id: int) -> HttpResponse:
    """Bars of the visible range, at most 2,000 points; zooming asks again with other bounds."""
    data = chart_of(
        _series(request, series_id),
        first_seconds=_seconds(request.GET.get("from")),
        last_seconds=_seconds(request.GET.get("to")),
    )
    return JsonResponse(data)


@require_POST
def series_delete(request: HttpRequest, series_id: int) -> HttpResponse:
    series = _series(request, series_id)
    label = str(series)
    delete_series(series=series)
    messages.success(request, f"{label} is deleted.")
    return redirect("market:series_list")


@require_http_methods(["GET", "POST"])
def upload_create(request: HttpRequest) -> HttpResponse:
    initial = {"zone": timezone.get_current_timezone_name()}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            upload = stage_upload(owner=request.user, now=timezone.now(), **form.spec())  # type: ignore[arg-type]  # signed in by middleware
        except ValidationError as error:
            add_refusal(form, error, {})
        else:
            return redirect(upload)
    status = 422 if form.errors else 200
    return TemplateResponse(request, "market/upload_create.html", {"form": form}, status=status)


@require_GET
def upload_detail(request: HttpRequest, upload_id: int) -> HttpResponse:
    return _upload_page(request, _upload(request, upload_id))


@require_POST
def upload_commit(request: HttpRequest, upload_id: int) -> HttpResponse:
    upload = _upload(request, upload_id)
    on_bad_rows = "skip" if request.POST.get("on_bad_rows") == "skip" else "refuse"
    try:
        series, merged = commit_upload(
            upload=upload,
            now=timezone.now(),
            on_bad_rows=on_bad_rows,  # type: ignore[arg-type]  # one of two words, see above
        )
    except ValidationError as error:
        return _upload_page(request, upload, refusal=" ".join(error.messages))
    words = f"{merged.n_added:,} bars added to {series}"
    if merged.n_corrected:
        words += f", {merged.n_corrected:,} corrected"
    messages.success(request, f"{words}.")
    return redirect(series)


@require_POST
def upload_discard(request: HttpRequest, upload_id: int) -> HttpResponse:
    upload = _upload(request, upload_id)
    try:
        discard_upload(upload=upload, now=timezone.now())
    except ValidationError as error:
        return _upload_page(request, upload, refusal=" ".join(error.messages))
    messages.success(request, f"{upload.file_name} is discarded.")
    return redirect("market:series_list")


def _upload_page(request: HttpRequest, upload: Upload, refusal: str = "") -> HttpResponse:
    context: dict[str, Any] = {"upload": upload, "refusal": refusal}
    status = 422 if refusal else 200
    return TemplateResponse(request, "market/upload_detail.html", context, status=status)


def _series(request: HttpRequest, series_id: int) -> BarSeries:
    return get_object_or_404(series_visible_to(request.user), pk=series_id)


def _upload(request: HttpRequest, upload_id: int) -> Upload:
    return get_object_or_404(uploads_visible_to(request.user), pk=upload_id)


def _seconds(text: str | None) -> int | None:
    """Whole seconds of a query value; anything else counts as not given."""
    digits = (text or "").removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 11):  # noqa: PLR2004 -- 11 digits reach the year 5138
        return None
    return int(text or "")
