"""Pages that belong to no single app: dashboard, status centre, search, errors, style page."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from backtests.selectors import runs_visible_to, stat_strip
from market.selectors import series_visible_to
from pulse.api_reference import operations
from pulse.common import jobs
from pulse.common.errors import DomainError, error_body
from pulse.common.models import Job
from pulse.search import find

PAGE_ERRORS = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request could not be read."),
    HTTPStatus.FORBIDDEN: ("permission_denied", "You may not do this."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing here that you may see."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "too_large",
        f"The request is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MiB.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: ("rate_limited", "Too many attempts. Wait a few minutes."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("internal", "Something broke on our side."),
}
FORM_TOO_OLD = "This form was open for too long. Load the page again, then send it once more."
DASHBOARD_STATS = 4


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    runs = runs_visible_to(request.user)
    latest = runs.filter(status=Job.Status.SUCCEEDED).first()
    context = {
        "latest": latest,
        "stats": stat_strip(latest)[:DASHBOARD_STATS] if latest else [],
        "runs": runs[:6],
        "series": series_visible_to(request.user)[:6],
        "jobs": jobs.latest_jobs_of(request.user.pk or 0, limit=6),
    }
    return TemplateResponse(request, "dashboard.html", context)


@require_GET
@vary_on_headers("HX-Request")
def job_list(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"jobs": jobs.latest_jobs_of(request.user.pk or 0)}
    is_tray = bool(request.headers.get("HX-Request"))
    context |= {"tray": is_tray, "n_active": jobs.n_active_jobs_of(request.user.pk or 0)}
    template = "common/job_tray.html" if is_tray else "common/job_list.html"
    return TemplateResponse(request, template, context)


@require_POST
def job_cancel(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    return _change_job(request, kind, pk, jobs.request_cancel)


@require_POST
def job_retry(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    return _change_job(request, kind, pk, jobs.request_retry)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    hits = find(request.user, request.GET.get("q", ""))
    return TemplateResponse(request, "common/search.html", {"hits": hits})


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return TemplateResponse(request, "design.html")


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "about.html")


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "api_docs.html", {"groups": operations()})


@require_GET
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _error(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _error(request, HTTPStatus.BAD_REQUEST)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return _error(request, HTTPStatus.TOO_MANY_REQUESTS)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, HTTPStatus.FORBIDDEN, FORM_TOO_OLD)


def _error(request: HttpRequest, status: HTTPStatus, sentence: str = "") -> HttpResponse:
    code, message = PAGE_ERRORS[status]
    message = sentence or message
    request_id = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        return JsonResponse(
            error_body(code=code, message=message, request_id=request_id), status=status
        )
    context = {"message": message, "request_id": request_id}
    return render(request, f"errors/{status.value}.html", context, status=status)


def _change_job(request: HttpRequest, kind: str, pk: int, change: jobs.Change) -> HttpResponse:
    model = jobs.job_models().get(kind)
    job: Job | None = (
        model._default_manager.filter(pk=pk, owner_id=request.user.pk).first() if model else None
    )
    if job is None:
        raise Http404
    refusal = ""
    try:
        change(job, now=timezone.now())
    except DomainError as error:
        refusal = error.sentence
    if not request.headers.get("HX-Request"):
        return redirect(job.get_absolute_url())
    job.refresh_from_db()
    context = {"job": job, "refusal": refusal}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return TemplateResponse(request, "common/job_row.html", context, status=status)
