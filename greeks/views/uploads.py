"""Option chains of the user: uploaded, read again with other terms, stored, deleted."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greeks.forms import ChainTermsForm, ChainUploadForm
from greeks.forms.chains import FIELDS
from greeks.selectors.sources import source_of_upload
from greeks.services import store_chain
from market.forms import add_refusal
from market.models import ChainUpload
from market.selectors import chains_visible_to
from market.services import delete_chain, restate_chain, stage_chain

CHAINS_SHOWN = 100


@require_GET
def chain_uploads(request: HttpRequest) -> HttpResponse:
    context = {"chains": chains_visible_to(request.user)[:CHAINS_SHOWN]}
    return TemplateResponse(request, "greeks/chain_uploads.html", context)


@require_http_methods(["GET", "POST"])
def chain_upload_create(request: HttpRequest) -> HttpResponse:
    form = ChainUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            upload = stage_chain(owner=request.user, now=timezone.now(), **form.spec())  # type: ignore[arg-type]  # signed in by middleware
        except ValidationError as error:
            add_refusal(form, error, FIELDS)
        else:
            return redirect(upload)
    status = 422 if form.errors else 200
    return TemplateResponse(
        request, "greeks/chain_upload_create.html", {"form": form}, status=status
    )


@require_GET
def chain_upload_detail(request: HttpRequest, chain_id: int) -> HttpResponse:
    upload = _upload(request, chain_id)
    return _page(request, upload, ChainTermsForm(initial=ChainTermsForm.initial_of(upload)))


@require_POST
def chain_upload_restate(request: HttpRequest, chain_id: int) -> HttpResponse:
    upload = _upload(request, chain_id)
    form = ChainTermsForm(request.POST)
    if form.is_valid():
        try:
            restate_chain(upload=upload, now=timezone.now(), **form.terms())
        except ValidationError as error:
            add_refusal(form, error, FIELDS)
        else:
            messages.success(request, "The file is read again with these terms.")
            return redirect(upload)
    return _page(request, _upload(request, chain_id), form)


@require_POST
def chain_upload_commit(request: HttpRequest, chain_id: int) -> HttpResponse:
    upload = _upload(request, chain_id)
    try:
        _, snapshot = store_chain(
            upload=upload,
            now=timezone.now(),
            on_bad_rows="skip" if request.POST.get("on_bad_rows") == "skip" else "refuse",
        )
    except ValidationError as error:
        form = ChainTermsForm(initial=ChainTermsForm.initial_of(upload))
        return _page(request, _upload(request, chain_id), form, " ".join(error.messages))
    words = f"The chain of {upload.symbol} is stored: {upload.n_contracts:,} contracts."
    words += (
        f" Its exposure is in the history of {snapshot.session_on}."
        if snapshot
        else " No contract has volatility and open interest: there is no exposure to keep."
    )
    messages.success(request, words)
    return redirect(upload)


@require_POST
def chain_upload_delete(request: HttpRequest, chain_id: int) -> HttpResponse:
    upload = _upload(request, chain_id)
    name = upload.file_name
    delete_chain(upload=upload)
    messages.success(request, f"{name} is deleted.")
    return redirect("greeks:chain_uploads")


def _page(
    request: HttpRequest, upload: ChainUpload, form: ChainTermsForm, refusal: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {"upload": upload, "form": form, "refusal": refusal}
    if not upload.is_staged:
        context["symbol"] = source_of_upload(upload).name
    status = 422 if refusal or form.errors else 200
    return TemplateResponse(request, "greeks/chain_upload_detail.html", context, status=status)


def _upload(request: HttpRequest, chain_id: int) -> ChainUpload:
    return get_object_or_404(chains_visible_to(request.user), pk=chain_id)
