from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ApiKeyForm, ProfileForm
from accounts.selectors import api_keys_of, profile_of
from accounts.services import create_api_key, revoke_api_key, set_theme


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=profile_of(request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Preferences saved.")
        return redirect("accounts:profile")
    status = 422 if form.errors else 200
    return TemplateResponse(request, "accounts/profile.html", {"form": form}, status=status)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    try:
        set_theme(profile=profile_of(request.user), theme=request.POST.get("theme", ""))
    except ValidationError:
        return HttpResponse("There is no such theme.", status=422, content_type="text/plain")
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
def api_key_list(request: HttpRequest) -> HttpResponse:
    """List the keys, and make one: its secret stands on the answer to the form, nowhere else."""
    form = ApiKeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = create_api_key(owner=request.user, now=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = ApiKeyForm()
    context = {"form": form, "keys": api_keys_of(request.user), "secret": secret}  # type: ignore[arg-type]
    status = 422 if form.errors else 200
    response = TemplateResponse(request, "accounts/api_key_list.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def api_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(api_keys_of(request.user), pk=pk)  # type: ignore[arg-type]
    revoke_api_key(key=key, now=timezone.now())
    messages.success(request, f"Key {key.hint} revoked.")
    return redirect("accounts:api_key_list")
