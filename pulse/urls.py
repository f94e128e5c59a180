"""The route table of the whole product."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from pulse import views
from pulse.common.streams import event_stream

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler429 = "pulse.views.too_many_requests"  # of allauth: too many attempts to sign in
handler500 = views.server_error

api_v1: list[URLPattern | URLResolver] = [
    path("", include("market.api_urls")),
    path("", include("greeks.api_urls")),
    path("", include("backtests.api_urls")),
    path("events/stream/", event_stream, name="event_stream"),
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="api_schema"),
]

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("jobs/", views.job_list, name="job_list"),
    path("jobs/<slug:kind>/<int:pk>/cancel/", views.job_cancel, name="job_cancel"),
    path("jobs/<slug:kind>/<int:pk>/retry/", views.job_retry, name="job_retry"),
    path("search/", views.search, name="search"),
    path("design/", views.design, name="design"),
    path("about/", views.about, name="about"),
    path("health/", views.health, name="health"),
    path("data/", include("market.urls")),
    path("options/", include("greeks.urls")),
    path("", include("backtests.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include(api_v1)),
    path("api/docs/", views.api_docs, name="api_docs"),
    path("admin/", admin.site.urls),
]
