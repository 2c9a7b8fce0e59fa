from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Response

from mapper.errors import (
    AuthFailed,
    Missing,
    Nonsense,
    NotAllowed,
    Rejected,
    Throttled,
    Unclear,
    Unreachable,
    UsageError,
)
from mapper.log import hide
from mapper.spec.connector import Limits
from tests.connect.conftest import Clock, Connect
from tests.connect.vendor import Step, Vendor, broken, lost, page_of_html, say

PING = "GET /api/ping/x"
CREATE = "POST /api/accounts"


def ping(connection: Any) -> Any:
    return connection.call("ping", {"word": "x"})


def create(connection: Any) -> Any:
    return connection.call("accounts.create", {"record": {"name": "A"}})


# Retries


@pytest.mark.parametrize("step", [say({}, 500), say({}, 503), say({}, 429), page_of_html(502), broken(), lost()])
def test_a_read_is_tried_again(connect: Connect, vendor: Vendor, step: Step) -> None:
    vendor.on(PING, step)
    assert ping(connect()) == {"pong": "x"}


def test_waits_double_and_are_shaken_a_little(connect: Connect, vendor: Vendor, clock: Clock) -> None:
    vendor.on(PING, say({}, 500), say({}, 500))
    ping(connect())
    first, second = clock.slept
    assert 0.8 <= first <= 1.2
    assert 1.6 <= second <= 2.4


def test_a_read_ends_after_the_last_try(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, *[say({"message": "down"}, 503)] * 3)
    with pytest.raises(Unreachable, match="crm ping answered 503: down"):
        ping(connect())
    assert vendor.lines() == [PING] * 3


def test_a_status_that_is_not_listed_is_not_tried_again(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say({}, 501))
    with pytest.raises(Unreachable):
        ping(connect())
    assert vendor.lines() == [PING]


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_create_without_an_answer_is_not_tried_again(
    connect: Connect, vendor: Vendor, error: type[httpx.TransportError]
) -> None:
    vendor.on(CREATE, lost(error=error))
    with pytest.raises(Unclear):
        create(connect())
    assert len(vendor.accounts) == 1


@pytest.mark.parametrize("step", [say({}, 500), say({}, 504), page_of_html(504), broken()])
def test_a_create_with_a_useless_answer_is_not_tried_again(connect: Connect, vendor: Vendor, step: Step) -> None:
    vendor.on(CREATE, step)
    with pytest.raises(Unclear):
        create(connect())
    assert vendor.lines() == [CREATE]


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_create_that_never_left_is_tried_again(
    connect: Connect, vendor: Vendor, error: type[httpx.TransportError]
) -> None:
    vendor.on(CREATE, lost(done=False, error=error))
    create(connect())
    assert len(vendor.accounts) == 1


def test_a_create_that_never_left_in_all_tries_is_unreachable(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, *[lost(done=False, error=httpx.ConnectError)] * 3)
    with pytest.raises(Unreachable):
        create(connect())


def test_a_create_is_tried_again_when_there_were_too_many_calls(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({}, 429))
    create(connect())
    assert len(vendor.accounts) == 1


def test_a_repeatable_write_is_tried_again(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.on("PUT /api/accounts/1", lost(), say({}, 502))
    connect().call("accounts.update", {"key": "1", "record": {"name": "B"}})
    assert vendor.lines() == ["PUT /api/accounts/1"] * 3


def test_a_repeatable_write_that_stays_without_answer_is_unclear(connect: Connect, vendor: Vendor) -> None:
    vendor.on("PUT /api/accounts/1", *[lost(done=False)] * 3)
    with pytest.raises(Unclear):
        connect().call("accounts.update", {"key": "1", "record": {"name": "B"}})


def test_an_interruption_passes_through(connect: Connect, vendor: Vendor) -> None:
    def interrupt(usual: Any) -> Response:
        raise KeyboardInterrupt

    vendor.on(PING, interrupt)
    with pytest.raises(KeyboardInterrupt):
        ping(connect())


# Retry-After


def test_the_vendors_wait_in_seconds_is_obeyed(connect: Connect, vendor: Vendor, clock: Clock) -> None:
    vendor.on(PING, say({}, 429, Retry_After="7"))
    ping(connect())
    assert clock.slept == [7.0]


def test_the_vendors_wait_as_a_date_is_obeyed(connect: Connect, vendor: Vendor, clock: Clock) -> None:
    # The clock begins at 2023-11-14 22:13:20 UTC.
    vendor.on(PING, say({}, 503, Retry_After="Tue, 14 Nov 2023 22:13:25 GMT"))
    ping(connect())
    assert clock.slept == [5.0]


@pytest.mark.parametrize("header", ["soon", "Thu, 99 Foo 2023"])
def test_a_wait_that_cannot_be_read_is_as_none(connect: Connect, vendor: Vendor, clock: Clock, header: str) -> None:
    vendor.on(PING, say({}, 503, Retry_After=header))
    ping(connect())
    assert 0.8 <= clock.slept[0] <= 1.2


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_beyond_the_longest_is_given_to_the_caller(
    connect: Connect, vendor: Vendor, clock: Clock, status: int
) -> None:
    vendor.on(PING, say({"message": "slow down"}, status, Retry_After="31"))
    with pytest.raises(Throttled) as caught:
        ping(connect())
    assert (caught.value.retry_after, caught.value.status, clock.slept) == (31.0, status, [])


def test_a_wait_holds_for_every_call_of_the_connection(connect: Connect, vendor: Vendor, clock: Clock) -> None:
    connection = connect("{retry: {attempts: 1}}")
    vendor.on(PING, say({}, 429, Retry_After="7"))
    with pytest.raises(Throttled):
        ping(connection)
    ping(connection)
    assert clock.slept == [7.0]


# Spacing


def test_calls_are_spaced_by_the_limit(connect: Connect, clock: Clock) -> None:
    connection = connect("{limits: {per_second: 4}}")
    for _ in range(3):
        ping(connection)
    assert clock.slept == [0.25, 0.25]


def test_a_call_that_comes_late_waits_for_nothing(connect: Connect, clock: Clock) -> None:
    connection = connect("{limits: {per_second: 4}}")
    ping(connection)
    clock.now += 1
    ping(connection)
    assert clock.slept == []


@pytest.mark.parametrize("limits", [Limits(per_second=0), Limits()])
def test_without_a_limit_nothing_waits(connect: Connect, clock: Clock, limits: Limits) -> None:
    connection = connect(limits=limits)
    ping(connection)
    ping(connection)
    assert clock.slept == []


def test_a_clock_that_is_set_back_does_not_stop_the_calls(connect: Connect, clock: Clock) -> None:
    connection = connect("{limits: {per_second: 4}}")
    ping(connection)
    clock.now -= 3600
    ping(connection)
    assert clock.slept == []


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_within_the_host_keeps_method_and_body(connect: Connect, vendor: Vendor, status: int) -> None:
    vendor.on("POST /api/accounts", say({}, status, Location="/api/accounts?moved=1"))
    create(connect())
    assert [seen.line for seen in vendor.seen] == [CREATE, CREATE]
    assert vendor.seen[1].body == vendor.seen[0].body == {"name": "A"}
    assert vendor.seen[1].query == [("moved", "1")]


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/api",
        "http://tiny.example/api/ping/x",
        "https://tiny.example:444/x",
        "//evil.example/",
    ],
)
def test_a_redirect_to_elsewhere_is_not_followed(connect: Connect, vendor: Vendor, to: str) -> None:
    vendor.on(PING, say({}, 302, Location=to))
    with pytest.raises(Nonsense, match="redirect"):
        ping(connect())
    assert vendor.lines() == [PING]


def test_a_redirect_to_encryption_is_followed(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say({}, 301, Location="https://127.0.0.1/api/ping/x"))
    assert ping(connect(settings={"base_url": "http://127.0.0.1/api", "key": "k"})) == {"pong": "x"}


def test_redirects_in_a_circle_end(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, *[say({}, 302, Location="/api/ping/x")] * 9)
    with pytest.raises(Nonsense, match="redirect"):
        ping(connect())


# What answers mean


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (say({}, 400), Rejected),
        (say({}, 401), AuthFailed),
        (say({}, 403), NotAllowed),
        (say({}, 404), Missing),
        (say({}, 409), Rejected),
        (say({}, 422), Rejected),
        (say({"error": "no"}), Rejected),
        (page_of_html(200), Nonsense),
        (page_of_html(404), Nonsense),
        (page_of_html(400), Nonsense),
        (page_of_html(401), AuthFailed),
        (page_of_html(403), NotAllowed),
    ],
)
def test_every_answer_has_its_meaning(connect: Connect, vendor: Vendor, step: Step, error: type[Exception]) -> None:
    vendor.on(PING, step)
    with pytest.raises(error):
        ping(connect())


@pytest.mark.parametrize(
    ("means", "error"),
    [
        ("rejected", Rejected),
        ("missing", Missing),
        ("auth", AuthFailed),
        ("not allowed", NotAllowed),
        ("throttled", Throttled),
        ("retry", Unreachable),
        ("nonsense", Nonsense),
    ],
)
def test_a_rule_says_what_an_answer_means(connect: Connect, vendor: Vendor, means: str, error: type[Exception]) -> None:
    change = f"{{errors: [{{when: '{{{{ body.code == 7 }}}}', means: {means}, message: '{{{{ body.text }}}}'}}]}}"
    vendor.on(PING, *[say({"code": 7, "text": "seven"})] * 3)
    with pytest.raises(error, match="seven"):
        ping(connect(change))


def test_the_first_rule_that_fits_decides(connect: Connect, vendor: Vendor) -> None:
    change = "{errors: [{when: status == 200, means: missing}, {when: status < 300, means: auth}]}"
    with pytest.raises(Missing):
        ping(connect(change))


def test_a_rule_may_look_at_the_media_type(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, page_of_html())
    with pytest.raises(AuthFailed):
        ping(connect("{errors: [{when: \"'html' in content_type\", means: auth}]}"))


def test_a_rule_that_does_not_suit_the_answers_shape_does_not_fit(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say([1]))
    assert ping(connect("{errors: [{when: 'body.code - 1 > 3', means: auth}]}")) == [1]


def test_a_rule_that_means_retry_is_tried_again(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say({"busy": True}))
    assert ping(connect("{errors: [{when: body.busy, means: retry}]}")) == {"pong": "x"}


def test_a_create_that_a_rule_would_try_again_is_unclear(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({"busy": True}))
    with pytest.raises(Unclear):
        create(connect("{errors: [{when: body.busy, means: retry}]}"))


def test_a_page_of_html_comes_with_a_hint(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, page_of_html())
    with pytest.raises(Nonsense, match="sign-in page"):
        ping(connect())


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_empty_answer_is_none(connect: Connect, vendor: Vendor, status: int) -> None:
    vendor.on(PING, lambda usual: Response(status=status))
    assert ping(connect()) is None


def test_json_under_another_media_type_of_json_is_read(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, lambda usual: Response('{"a": 1.50}', mimetype="application/problem+json"))
    assert ping(connect()) == {"a": 1.5}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no <b>such</b>\n thing &amp; more"}, "no such thing & more"),
        ({"Message": "a"}, "a"),
        ({"error": {"message": "inner"}}, "inner"),
        ({"error_description": "why"}, "why"),
        ({"Errors": ["a", "b"]}, "a; b"),
        ({"message": "bad", "errors": {"name": "too long"}}, "bad: name: too long"),
        ([{"message": "in a list"}], "in a list"),
        ("just text", "just text"),
        ({}, "BAD REQUEST"),
    ],
)
def test_the_vendors_words_are_found(connect: Connect, vendor: Vendor, body: Any, words: str) -> None:
    vendor.on(PING, say(body, 400))
    with pytest.raises(Rejected) as caught:
        ping(connect())
    assert caught.value.message.upper() == words.upper()


def test_the_connector_may_say_where_the_words_stand(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say({"message": "x", "reason": ["this", "that"]}, 400))
    with pytest.raises(Rejected) as caught:
        ping(connect("{message: \"{{ body.reason | join(' and ') }}\"}"))
    assert caught.value.message == "this and that"


def test_words_are_cut_and_masked(connect: Connect, vendor: Vendor) -> None:
    hide("hidden-thing")
    vendor.on(PING, say({"message": "x" * 295 + "hidden-thing"}, 400))
    with pytest.raises(Rejected) as caught:
        ping(connect())
    assert caught.value.message == "x" * 295 + "•••"


def test_an_error_says_where_it_happened(connect: Connect, vendor: Vendor) -> None:
    vendor.on(CREATE, say({"message": "no"}, 422))
    with pytest.raises(Rejected) as caught:
        create(connect())
    assert (caught.value.connection, caught.value.operation, caught.value.status) == ("crm", "accounts.create", 422)


# What is counted and told


def test_every_request_is_counted_by_verb(connect: Connect, vendor: Vendor) -> None:
    vendor.on(PING, say({}, 500))
    connection = connect()
    ping(connection)
    create(connection)
    assert connection.calls == {"GET": 2, "POST": 1}


def test_every_request_is_told(connect: Connect, vendor: Vendor) -> None:
    connection, told = connect(), []
    connection.on_call = lambda *facts: told.append(facts)
    vendor.on(PING, lost())
    ping(connection)
    assert told == [("ping", "GET", 0, 0.0), ("ping", "GET", 200, 0.0)]


def test_no_more_calls_are_under_way_than_allowed(connect: Connect, vendor: Vendor) -> None:
    busy, most, lock = 0, 0, threading.Lock()
    in_pairs = threading.Barrier(2, timeout=30)

    def step(usual: Any) -> Any:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        in_pairs.wait()
        with lock:
            busy -= 1
        return usual()

    vendor.on(PING, *[step] * 6)
    connection = connect("{limits: {concurrency: 2}}")
    threads = [threading.Thread(target=ping, args=(connection,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


# Requests


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("a b", "/api/ping/a%20b"),
        ("a/b", "/api/ping/a%2Fb"),
        ("..", "/api/ping/%2E%2E"),
        ("é?x=1#y", "/api/ping/%C3%A9%3Fx%3D1%23y"),
    ],
)
def test_path_arguments_are_percent_encoded(connect: Connect, word: str, path: str) -> None:
    connection, paths = connect(transport=httpx.MockTransport(lambda request: answer_path(request))), []
    paths.append(connection.call("ping", {"word": word})["path"])
    assert paths == [path]


def answer_path(request: Any) -> Any:
    return httpx.Response(200, json={"path": request.url.raw_path.decode(), "query": str(request.url.query.decode())})


def test_query_values_without_value_are_left_out_and_lists_repeat_the_key(connect: Connect) -> None:
    change = """
    actions:
      ask:
        path: ask?fixed=1
        query: {a: "{{ a }}", none: "{{ nothing }}", empty: "", null: ~, flag: "{{ flag }}", many: "{{ many }}", n: 5}
    """
    connection = connect(change, transport=httpx.MockTransport(answer_path))
    found = connection.call("ask", {"a": "x y", "flag": True, "many": [1, "", 2]})
    assert found["query"] == "fixed=1&a=x+y&flag=true&many=1&many=2&n=5"


def test_missing_arguments_are_named(connect: Connect) -> None:
    with pytest.raises(UsageError, match="ping needs word"):
        connect().call("ping", {})


def test_an_empty_key_never_becomes_the_path_of_a_list(connect: Connect, vendor: Vendor) -> None:
    with pytest.raises(UsageError, match=r"accounts.get needs key"):
        connect().get("accounts", "")
    assert vendor.seen == []


def test_an_unknown_operation_is_refused_with_those_that_there_are(connect: Connect) -> None:
    with pytest.raises(UsageError, match=r"no operation accounts.lst.*accounts.list"):
        connect().call("accounts.lst", {})


def test_a_list_called_by_hand_gives_its_first_page_or_the_one_asked_for(connect: Connect, vendor: Vendor) -> None:
    connection = connect()
    connection.call("accounts.list", {})
    connection.call("accounts.list", {"offset": 4})
    assert [seen.query for seen in vendor.seen] == [
        [("offset", "0"), ("limit", "2")],
        [("offset", "4"), ("limit", "2")],
    ]


def test_decimals_are_sent_digit_by_digit(connect: Connect, vendor: Vendor) -> None:
    bodies = []

    def keep(request: Any) -> Any:
        bodies.append(request.content)
        return httpx.Response(200, json={})

    connect(transport=httpx.MockTransport(keep)).call("accounts.create", {"record": {"n": Decimal("1.10")}})
    assert bodies == [b'{"n":1.10}']


def test_a_body_is_made_by_its_template(connect: Connect, vendor: Vendor) -> None:
    change = "{resources: {accounts: {operations: {create: {body: {owner: '{{ owner }}', list: ['{{ record }}']}}}}}}"
    settings = {"base_url": "https://tiny.example/api", "key": "k", "owner": "anna"}
    connect(change, settings=settings).call("accounts.create", {"record": {"name": "A"}})
    assert vendor.bodies(CREATE) == [{"owner": "anna", "list": [{"name": "A"}]}]


def test_a_closed_connection_opens_again(connect: Connect) -> None:
    connection = connect()
    ping(connection)
    connection.close()
    assert ping(connection) == {"pong": "x"}


def test_arguments_that_an_operation_has_no_use_for_are_refused(connect: Connect, vendor: Vendor) -> None:
    with pytest.raises(UsageError, match="ping has no parameter 'wrod'"):
        connect().call("ping", {"word": "x", "wrod": "y"})
    assert vendor.seen == []


def test_a_search_by_hand_takes_the_fields_that_can_be_searched_by(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    assert connect().call("accounts.find", {"name": "A"}) == {"data": [{"id": 1, "name": "A"}]}


@pytest.mark.parametrize("record", [{"n": Decimal("NaN")}, {"n": object()}, {"n": 1 << 70}])
def test_what_json_cannot_say_is_rejected_before_it_is_sent(connect: Connect, vendor: Vendor, record: Any) -> None:
    with pytest.raises(Rejected, match=r"accounts.create"):
        connect().call("accounts.create", {"record": record})
    assert vendor.seen == []


def test_a_template_that_does_not_suit_the_record_is_rejected_before_it_is_sent(
    connect: Connect, vendor: Vendor
) -> None:
    change = "{resources: {accounts: {operations: {create: {body: {n: '{{ record.n + 1 }}'}}}}}}"
    with pytest.raises(Rejected):
        connect(change).call("accounts.create", {"record": {"n": "many"}})
    assert vendor.seen == []


def test_threads_share_one_connection(connect: Connect, vendor: Vendor) -> None:
    connection = connect()
    threads = [threading.Thread(target=lambda: [ping(connection) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connection.calls == {"GET": 160}
