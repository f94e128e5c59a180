from django.urls import path

from pulse.common.consumers import ApiConsumer, PageConsumer

websocket_urlpatterns = [
    path("ws/page/", PageConsumer.as_asgi()),
    path("ws/v1/", ApiConsumer.as_asgi()),
]
