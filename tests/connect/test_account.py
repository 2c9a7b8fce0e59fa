from __future__ import annotations

import pytest

from mapper.errors import SpecError, UsageError
from mapper.log import mask
from mapper.spec.connector import Limits
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor

HTTPS = "https://tiny.example/api"


def test_a_slash_after_the_address_is_dropped(connect: Connect, vendor: Vendor) -> None:
    connect().call("ping", {"word": "x"})
    assert vendor.lines() == ["GET /api/ping/x"]


@pytest.mark.parametrize(
    "url", ["http://tiny.example/api", "ftp://tiny.example", "tiny.example", "http://127.0.0.1.tiny.example"]
)
def test_an_address_that_is_not_encrypted_is_refused_naming_the_setting(connect: Connect, url: str) -> None:
    with pytest.raises(UsageError, match="base_url"):
        connect(settings={"base_url": url, "key": "k"})


@pytest.mark.parametrize("url", ["http://localhost:8080/api", "http://127.0.0.1/api", "http://[::1]:99/api"])
def test_the_machine_itself_may_be_called_without_encryption(connect: Connect, url: str) -> None:
    assert connect(settings={"base_url": url, "key": "k"}).name


def test_a_host_that_is_allowed_may_be_called_without_encryption(connect: Connect) -> None:
    assert connect(settings={"base_url": "http://Tiny.Example/api", "key": "k"}, allow_http=["tiny.example"]).name


def test_all_missing_settings_are_named(connect: Connect) -> None:
    with pytest.raises(UsageError, match="missing settings: base_url"):
        connect(settings={"key": "k"})


def test_an_empty_setting_counts_as_missing(connect: Connect) -> None:
    with pytest.raises(UsageError, match="missing settings: base_url"):
        connect(settings={"base_url": "", "key": "k"})


def test_settings_missing_for_every_way_of_signing_in_are_listed(connect: Connect) -> None:
    with pytest.raises(UsageError, match=r"key: key or login: password"):
        connect(settings={"base_url": HTTPS, "user": "u"})


def test_the_first_way_of_signing_in_whose_needs_are_given_is_taken(connect: Connect, vendor: Vendor) -> None:
    connect(settings={"base_url": HTTPS, "key": "k1", "user": "u", "password": "p"}).call("ping", {"word": "x"})
    assert vendor.seen[0].headers["X-Key"] == "k1"


def test_secrets_are_masked_from_the_moment_a_connection_is_made(connect: Connect) -> None:
    connect(settings={"base_url": HTTPS, "key": "very-secret-1"})
    assert mask("the key very-secret-1") == "the key •••"


def test_an_unknown_assumption_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="no assumption 'weather'"):
        connect(assume={"weather": "fine"})


def test_an_answer_that_the_assumption_does_not_offer_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="choose one of filter, sorted, walk"):
        connect(assume={"changes": "guess"})


def test_a_default_may_be_made_of_other_settings(connect: Connect, vendor: Vendor) -> None:
    change = "{settings: {base_url: {required: false, default: 'https://{{ user }}.example/api'}}}"
    connect(change, settings={"user": "anna", "key": "k"}).call("ping", {"word": "x"})
    assert vendor.seen[0].headers["Host"] == "anna.example"


def test_the_accounts_own_limits_come_before_the_vendors(connect: Connect) -> None:
    limits = connect("{limits: {per_second: 5, timeout: 9}}", limits=Limits(per_second=0)).limits
    assert (limits.per_second, limits.timeout) == (0, 9)


def test_a_path_that_is_none_is_a_problem_of_the_file(connect: Connect) -> None:
    with pytest.raises(SpecError):
        connect("{resources: {accounts: {operations: {list: {items: 'a..'}}}}}")
