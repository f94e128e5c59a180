"""What every endpoint shares, through the doors of real ones."""

import base64
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from pulse.common.models import IdempotencyRecord
from tests.factories.runs import make_series

RUNS = "/api/v1/backtests/"


@pytest.fixture
def headers(user: User) -> dict[str, str]:
    _, secret = create_api_key(owner=user, name="n", scopes=["read", "trade"], now=timezone.now())
    return {"Authorization": f"Bearer {secret}"}


def post(body: object, headers: dict[str, str], path: str = RUNS) -> tuple[int, dict]:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    response = Client().post(path, text, content_type="application/json", headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize("path", ["/api/v1/backtests", "/api/v1/backtests/"])
def test_route_answers_with_and_without_final_slash(path: str, headers: dict[str, str]) -> None:
    assert Client().get(path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{", id="cut off"),
        pytest.param('{"a": NaN}', id="not a number"),
        pytest.param('{"a": 1e999}', id="too large a number"),
        pytest.param(b"\xff\xfe{}", id="no text"),
        pytest.param("[" * 33 + "]" * 33, id="33 levels"),
        pytest.param("[" * 10_000, id="10,000 levels"),
    ],
)
def test_unreadable_body_is_refused_in_the_one_shape(
    body: str | bytes, headers: dict[str, str]
) -> None:
    status, answer = post(body, headers)

    assert status == 400
    assert set(answer["error"]) == {"code", "message", "details", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "key", "status", "code"),
    [
        ("get", RUNS, "", 401, "not_authenticated"),
        ("get", RUNS, "Bearer pe_wrong", 401, "authentication_failed"),
        ("get", f"{RUNS}999999/", "own", 404, "not_found"),
        ("get", "/api/v1/nothing/", "own", 404, "not_found"),
        ("delete", RUNS, "own", 405, "method_not_allowed"),
    ],
)
def test_refusal_has_code_and_request_id(
    method: str,
    path: str,
    key: str,
    status: int,
    code: str,
    headers: dict[str, str],
    client: Client,
) -> None:
    sent = headers if key == "own" else {"Authorization": key} if key else {}
    asker = client if path.endswith("nothing/") else Client()

    response = getattr(asker, method)(path, headers=sent)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error["request_id"] == response.headers["X-Request-ID"]


def test_rate_limit_lets_exactly_the_limit_pass(headers: dict[str, str], settings: object) -> None:
    settings.API_RATE_PER_MINUTE = 10  # type: ignore[attr-defined]

    answers = [Client().get(RUNS, headers=headers) for _ in range(15)]

    passed = [a for a in answers if a.status_code == 200]
    refused = [a for a in answers if a.status_code == 429]
    assert len(passed) >= 10  # more only where a new minute began in between
    assert len(passed) + len(refused) == 15
    assert answers[0].headers["RateLimit-Limit"] == "10"
    assert answers[0].headers["RateLimit-Remaining"] == "9"
    if refused:
        assert refused[0].json()["error"]["code"] == "rate_limited"


def test_same_key_and_body_is_the_stored_answer(user: User, headers: dict[str, str]) -> None:
    body = {"series": make_series(user).pk, "strategy": "sma_cross", "params": {}}
    with_key = {**headers, "Idempotency-Key": str(uuid.uuid4())}

    first, again = post(body, with_key), post(body, with_key)

    assert first == again
    assert first[0] == 201


def test_same_key_with_other_body_is_refused(user: User, headers: dict[str, str]) -> None:
    body = {"series": make_series(user).pk, "strategy": "sma_cross", "params": {}}
    with_key = {**headers, "Idempotency-Key": str(uuid.uuid4())}
    post(body, with_key)

    status, answer = post({**body, "side": "long"}, with_key)

    assert (status, answer["error"]["code"]) == (422, "idempotency_mismatch")


def test_same_key_while_the_first_runs_is_a_conflict(user: User, headers: dict[str, str]) -> None:
    body = {"series": make_series(user).pk, "strategy": "sma_cross", "params": {}}
    with_key = {**headers, "Idempotency-Key": "one"}
    post(body, with_key)
    IdempotencyRecord.objects.update(response_status=None, response_body=None)

    status, answer = post(body, with_key)

    assert (status, answer["error"]["code"]) == (409, "idempotency_conflict")


def test_refused_request_leaves_no_trace_of_its_key(headers: dict[str, str]) -> None:
    status, _ = post(
        {"series": 999999, "strategy": "sma_cross"}, {**headers, "Idempotency-Key": "k"}
    )

    assert status == 400
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    "position",
    [
        pytest.param("p=abc", id="no number"),
        pytest.param("p=" + "9" * 30, id="beyond the column"),
        pytest.param("p=-1", id="a sign"),
        pytest.param("p=\u0665", id="a digit of another script"),
    ],
)
def test_cursor_that_was_not_ours_is_not_found(position: str, headers: dict[str, str]) -> None:
    cursor = base64.b64encode(position.encode()).decode()

    response = Client().get(RUNS, {"cursor": cursor}, headers=headers)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.django_db
def test_forwarded_address_that_no_proxy_vouches_for_counts_for_nothing() -> None:
    left = [
        Client()
        .get("/api/v1/schema/", headers={"X-Forwarded-For": address})
        .headers["RateLimit-Remaining"]
        for address in ("198.51.100.1", "198.51.100.2")
    ]

    assert int(left[0]) - int(left[1]) == 1


def test_body_of_seventeen_mebibytes_is_too_large(headers: dict[str, str]) -> None:
    status, answer = post("[" + " " * (17 * 2**20) + "]", headers)

    assert (status, answer["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        pytest.param('{"a": "' + "[" * 99 + '"}', False, id="brackets in a string"),
        pytest.param('{"a": "\\"' + "[" * 99 + '"}', False, id="after an escaped quote"),
        pytest.param('{"a": "\\\\", "b": ' + "[" * 32 + "]" * 32 + "}", True, id="33 levels"),
        pytest.param('{"a": ' + "[]," * 99, False, id="side by side"),
    ],
)
def test_depth_is_counted_outside_strings(
    body: str, is_refused: bool, headers: dict[str, str]
) -> None:
    _, answer = post(body, headers)

    assert ("levels deep" in answer["error"]["message"]) is is_refused


def test_upload_under_one_key_is_told_apart_by_what_the_file_holds(
    headers: dict[str, str],
) -> None:
    def upload(close: int) -> tuple[int, dict]:
        text = f"date,open,high,low,close\n2024-01-02,10,12,9,{close}\n"
        file = SimpleUploadedFile("prices.csv", text.encode())
        response = Client().post(
            "/api/v1/market-data/uploads/",
            {"file": file, "symbol": "TST"},
            headers=headers | {"Idempotency-Key": "one"},
        )
        return response.status_code, response.json()

    first, again, other = upload(10), upload(10), upload(11)

    assert first[0] == again[0] == 201
    assert first[1]["id"] == again[1]["id"]
    assert (other[0], other[1]["error"]["code"]) == (422, "idempotency_mismatch")


def test_upload_is_stored_once_under_one_key(headers: dict[str, str]) -> None:
    file = SimpleUploadedFile("p.csv", b"date,open,high,low,close\n2024-01-02,10,12,9,10\n")
    upload = Client().post(
        "/api/v1/market-data/uploads/", {"file": file, "symbol": "TST"}, headers=headers
    )
    path = f"/api/v1/market-data/uploads/{upload.json()['id']}/commit/"

    first, again = (post({}, headers | {"Idempotency-Key": "two"}, path) for _ in range(2))

    assert first == again
    assert first[0] == 201
