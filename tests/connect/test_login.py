from __future__ import annotations

import base64
import hmac
import json
import threading
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed, Unreachable, UsageError
from mapper.log import mask
from tests.connect.conftest import Clock, Connect
from tests.connect.vendor import Step, Vendor, lost, page_of_html, say

SETTINGS = {"base_url": "https://tiny.example/api", "user": "anna", "password": "pass-word"}
LOGIN = "POST /api/login"


@pytest.fixture
def signed(connect: Connect, vendor: Vendor) -> Any:
    """A connection that buys its token; every token lives for 10 minutes."""
    vendor.answers[LOGIN] = {"token": "token-1", "expires_in": 600}
    return connect(settings=SETTINGS)


def ping(connection: Connection) -> Any:
    return connection.call("ping", {"word": "x"})


def jwt(claims: Any) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{middle}.tail"


def test_a_token_is_bought_and_borne(signed: Connection, vendor: Vendor) -> None:
    ping(signed)
    assert vendor.bodies(LOGIN) == [{"user": "anna", "password": "pass-word"}]
    assert vendor.seen[-1].headers["Authorization"] == "Bearer token-1"


def test_a_token_is_kept(signed: Connection, vendor: Vendor) -> None:
    ping(signed)
    ping(signed)
    assert vendor.lines().count(LOGIN) == 1


def test_logins_are_counted(signed: Connection) -> None:
    ping(signed)
    assert signed.calls == {"POST": 1, "GET": 1}


@pytest.mark.parametrize(("seconds", "logins"), [(539, 1), (540, 2)])
def test_a_token_is_renewed_when_sixty_seconds_remain(
    signed: Connection, vendor: Vendor, clock: Clock, seconds: int, logins: int
) -> None:
    ping(signed)
    clock.now += seconds
    ping(signed)
    assert vendor.lines().count(LOGIN) == logins


@pytest.mark.parametrize(("seconds", "logins"), [(239, 1), (240, 2)])
def test_a_jwt_tells_its_own_end(signed: Connection, vendor: Vendor, clock: Clock, seconds: int, logins: int) -> None:
    vendor.answers[LOGIN] = {"token": jwt({"exp": clock.now + 300})}
    ping(signed)
    clock.now += seconds
    ping(signed)
    assert vendor.lines().count(LOGIN) == logins


@pytest.mark.parametrize("token", ["opaque", "a.b.c", jwt({"sub": "x"}), jwt([1])])
def test_without_any_end_the_assumed_lifetime_counts(
    signed: Connection, vendor: Vendor, clock: Clock, token: str
) -> None:
    vendor.answers[LOGIN] = {"token": token}
    ping(signed)
    clock.now += 839
    ping(signed)
    clock.now += 1
    ping(signed)
    assert vendor.lines().count(LOGIN) == 2


@pytest.mark.parametrize("refusal", [say({"message": "no"}, 400), say({"ok": 1}), page_of_html(), page_of_html(404)])
def test_the_next_exchange_is_tried_after_a_refusal(signed: Connection, vendor: Vendor, refusal: Step) -> None:
    vendor.on(LOGIN, refusal)
    ping(signed)
    assert vendor.seen[1].query == [("user", "anna"), ("password", "pass-word")]


def test_the_exchange_that_was_accepted_is_tried_first_afterwards(
    signed: Connection, vendor: Vendor, clock: Clock
) -> None:
    vendor.on(LOGIN, say({}, 401))
    ping(signed)
    clock.now += 600
    ping(signed)
    assert [bool(seen.query) for seen in vendor.seen if seen.line == LOGIN] == [False, True, True]


def test_a_sign_in_that_every_exchange_refuses_is_an_auth_failure_in_the_vendors_words(
    signed: Connection, vendor: Vendor
) -> None:
    vendor.on(LOGIN, say({"message": "wrong password"}, 401), say({}, 403))
    with pytest.raises(AuthFailed, match=r"wrong password \(HTTP 401\)"):
        ping(signed)


def test_a_vendor_that_is_down_is_no_refusal(signed: Connection, vendor: Vendor) -> None:
    vendor.on(LOGIN, *[say({}, 503)] * 3)
    with pytest.raises(Unreachable):
        ping(signed)
    assert vendor.lines() == [LOGIN] * 3


def test_a_lost_answer_to_a_login_is_asked_again(signed: Connection, vendor: Vendor) -> None:
    vendor.on(LOGIN, lost())
    ping(signed)
    assert vendor.lines().count(LOGIN) == 2


def test_a_refused_token_is_renewed_once(signed: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/ping/x", say({}, 401))
    ping(signed)
    assert vendor.lines() == [LOGIN, "GET /api/ping/x", LOGIN, "GET /api/ping/x"]


def test_a_token_that_is_refused_again_is_an_auth_failure(signed: Connection, vendor: Vendor) -> None:
    vendor.on("GET /api/ping/x", say({}, 401), say({"message": "go away"}, 401))
    with pytest.raises(AuthFailed, match="go away"):
        ping(signed)
    assert vendor.lines().count(LOGIN) == 2


def test_a_create_is_sent_again_after_its_token_was_refused(signed: Connection, vendor: Vendor) -> None:
    vendor.on("POST /api/accounts", say({}, 401))
    signed.call("accounts.create", {"record": {"name": "A"}})
    assert len(vendor.accounts) == 1


def test_a_key_that_is_refused_cannot_be_renewed(connect: Connect, vendor: Vendor) -> None:
    vendor.on("GET /api/ping/x", say({}, 401))
    with pytest.raises(AuthFailed):
        ping(connect())
    assert len(vendor.seen) == 1


def test_threads_buy_one_token_together(signed: Connection, vendor: Vendor) -> None:
    together = threading.Barrier(4)

    threads = [threading.Thread(target=lambda: (together.wait(), ping(signed))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vendor.lines().count(LOGIN) == 1
    assert signed.calls == {"POST": 1, "GET": 4}


def test_tokens_are_masked(signed: Connection, vendor: Vendor) -> None:
    vendor.answers[LOGIN] = {"token": "bought-token", "expires_in": 600}
    ping(signed)
    assert mask("Bearer bought-token") == "Bearer •••"


def test_user_and_password_may_go_as_http_basic_with_a_form(connect: Connect, vendor: Vendor) -> None:
    change = """
    auth:
      - name: oauth
        needs: [user]
        headers: {Authorization: "Bearer {{ token }}"}
        exchange:
          - url: https://accounts.example/oauth/token
            form: {grant_type: client_credentials}
            basic: [user, password]
            token: access_token
    """
    vendor.on("POST /oauth/token", say({"access_token": "t"}))
    ping(connect(change, settings=SETTINGS))
    login = vendor.seen[0]
    assert login.headers["Authorization"] == "Basic " + base64.b64encode(b"anna:pass-word").decode()
    assert login.body == "grant_type=client_credentials"


def test_a_token_is_not_bought_over_an_open_line(connect: Connect) -> None:
    change = "{auth: [{name: o, headers: {A: '{{ token }}'}, exchange: [{url: 'http://a.example', token: t}]}]}"
    with pytest.raises(UsageError, match="not encrypted"):
        ping(connect(change))


def test_login_buys_a_new_token(signed: Connection, vendor: Vendor) -> None:
    ping(signed)
    signed.login()
    assert vendor.lines().count(LOGIN) == 2


def test_login_asks_nothing_where_there_is_no_token_to_buy(connect: Connect, vendor: Vendor) -> None:
    connect().login()
    assert vendor.seen == []


def test_a_header_without_value_is_not_sent(connect: Connect, vendor: Vendor) -> None:
    ping(connect("{auth: [{name: none, headers: {X-Key: '{{ key }}', X-Token: '{{ user }}'}}]}"))
    assert "X-Token" not in vendor.seen[0].headers


def test_an_answer_is_awaited_no_longer_than_the_limit(connect: Connect) -> None:
    waits = []

    def keep(request: Any) -> Any:
        waits.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={})

    ping(connect("{limits: {timeout: 7}}", transport=httpx.MockTransport(keep)))
    assert waits == [7]


def test_a_call_is_signed_as_it_is_sent(connect: Connect, vendor: Vendor, clock: Clock) -> None:
    text = "{{ request.method ~ ' ' ~ request.path ~ ' ' ~ now ~ ' ' ~ request.body }}"
    auth = {"name": "signed", "needs": ["key"], "headers": {"X-Said": text, "X-Sign": "{{ request.path | hmac(key) }}"}}
    connection = connect(json.dumps({"auth": [auth]}))
    vendor.on("POST /api/accounts", say({"message": "later"}, 429, Retry_After="7"), say({"object": {"id": 1}}))
    (outcome,) = connection.write("accounts", [Draft("create", {"name": "A"})])
    assert outcome.error is None
    first, second = (seen.headers["X-Said"] for seen in vendor.seen)
    assert first == f'POST /api/accounts {int(clock.now - sum(clock.slept))} {{"name":"A","kind":"company"}}'
    assert second != first
    assert vendor.seen[0].headers["X-Sign"] == hmac.new(b"secret-key", b"/api/accounts", "sha256").hexdigest()


def test_the_query_is_signed_with_the_path(connect: Connect, vendor: Vendor) -> None:
    auth = [{"name": "signed", "needs": ["key"], "headers": {"X-Said": "{{ request.path }}"}}]
    list(connect(json.dumps({"auth": auth})).pages("accounts"))
    assert vendor.seen[0].headers["X-Said"] == "/api/accounts?offset=0&limit=2"
