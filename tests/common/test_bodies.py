"""What the server does with a body before Django sees it."""

import queue
from typing import Any

import pytest
from daphne import http_protocol
from daphne.server import Server
from twisted.internet.testing import StringTransport
from twisted.web import http

from pulse.asgi import application

FORM = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'


class Listening(Server):
    """A server that keeps what it would hand to the application."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        self.bodies: queue.Queue[dict[str, Any]] = queue.Queue()
        return self.bodies


@pytest.mark.parametrize(
    "kind", [b"multipart/form-data; boundary=x", b"application/x-www-form-urlencoded"]
)
def test_server_hands_a_form_on_without_parsing_it(kind: bytes, monkeypatch: Any) -> None:
    def parse(*_args: Any, **_more: Any) -> None:
        raise AssertionError("parsed on the loop")

    server = Listening(application=application, endpoints=["tcp:port=0"])
    server.connections = {}
    channel = http_protocol.HTTPFactory(server).buildProtocol(None)
    channel.makeConnection(StringTransport())
    monkeypatch.setattr(http, "_getMultiPartArgs", parse)
    monkeypatch.setattr(http, "parse_qs", parse)

    channel.dataReceived(
        b"POST /data/uploads/new/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (kind, len(FORM), FORM)
    )

    assert server.bodies.get(timeout=3)["body"] == FORM
