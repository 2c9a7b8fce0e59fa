"""The shipped connector files: complete, free of secrets, and consistent in themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.expr.expressions import is_expression, parse_expression
from mapper.expr.paths import parse_path
from mapper.expr.types import TYPES
from mapper.spec.connector import Connector, Resource
from mapper.spec.load import Loaded, load_connector

ROOT = Path(__file__).parents[2]
NAMES = ("koban", "nicoka", "cirrus")
ATTRIBUTES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "seed_attributes.yaml").read_text(encoding="utf-8")
)
TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").glob("*.yaml"))
# Whoever has one of these links acts as the person, so no connector may keep them.
NOT_KEPT = {"consent_management_link", "unsubscribe_link", "portal_registering_link"}
# With these a vendor's own pages draw a row of a list: they are nothing of the record.
NOT_KEPT |= {
    *("modelid", "icon", "color", "bg_color", "actions", "isEmail", "replyLink", "showViewsLink", "showViewsTitle"),
    *("nbOfViews", "preview", "editable", "editActivity", "dateTooltip", "dateLabel", "tos", "relatedLink"),
    *("relatedIcon", "files", "uri", "deleteLink", "pinLink", "pinAuthorization", "listPinActivities", "objectId"),
    *("viewActivities", "activityUid", "changeRelatedLink"),
}
# The rows of the one page that says all of its attributes: type, label, length, list or reference.
ROWS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "nicoka_attributes.yaml").read_text(encoding="utf-8")
)
# What the page's drop-down lists of entities are here: a resource, or a list of names.
ENTITIES = {
    "Compte": "customers",
    "Contact": "contacts",
    "Activité": "crmActivities",
    "Action": "crmActivities",
    "Opportunité": "opportunities",
    "Devis": "quotations",
    "Commande": "orders",
    "Projet": "projects",
    "Mission": "jobs",
    "Collaborateur": "employees",
    "Société": "companies",
    "Agence": "agencies",
    "Utilisateur": "users",
    "Fournisseur": "suppliers",
    "Facture": "invoices",
    "Commande d'Achat": "purchase_orders",
    "Facture d'achat": "purchase_invoices",
    "Evénement": "events",
}
TYPES_OF_ROWS = {
    "int": "number",
    "double": "decimal",
    "float": "decimal",
    "boolean": "flag",
    "date": "date",
    "datetime": "datetime",
    "string": "text",
    "longtext": "text",
}
# The samples show codes such as FR under a type that the page calls int.
CODES = {"country", "currency", "communication_language"}


@cache
def loaded(name: str) -> Loaded[Connector]:
    return load_connector(name, folder=ROOT)


def resources() -> list[tuple[str, str]]:
    return [(name, resource) for name in NAMES for resource in ATTRIBUTES[name]]


def resource_of(name: str, resource: str) -> Resource:
    return loaded(name).spec.resources[resource]


def typed(name: str, row: dict[str, Any]) -> str:
    """The type that a row of the page stands for."""
    if row.get("several"):
        return "set"
    if name in CODES:
        return "text"
    if "refers" in row:
        target = ENTITIES[row["refers"]]
        resources = loaded("nicoka").spec.resources
        return "list" if target == "employees" else "ref" if target in resources else "number"
    return "list" if "list" in row else TYPES_OF_ROWS[row["type"]]


def texts(value: Any) -> Iterator[str]:
    """Every text inside a file's data."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def declares(about: Resource, attribute: str) -> bool:
    """Whether an attribute, or something inside it, is a field or a container."""
    places = {*about.containers}
    for path, field in about.fields.items():
        places |= {path, field.read or path, field.write or path}
        if field.alias:
            places.add(f"{path.rpartition('.')[0]}.{field.alias}")
    return any(place == attribute or place.startswith(f"{attribute}.") for place in places)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_connector_loads_without_problem(name: str) -> None:
    assert loaded(name).spec.connector == name


@pytest.mark.parametrize(("name", "resource"), resources())
def test_every_attribute_of_the_vendors_page_is_declared(name: str, resource: str) -> None:
    about = resource_of(name, resource)
    assert [attribute for attribute in ATTRIBUTES[name][resource] if not declares(about, attribute)] == []


@pytest.mark.parametrize(("resource", "name"), [(resource, name) for resource, rows in ROWS.items() for name in rows])
def test_an_attribute_is_declared_as_the_vendors_page_has_it(resource: str, name: str) -> None:
    row, field = ROWS[resource][name], resource_of("nicoka", resource).fields[name]
    named = ENTITIES[row["refers"]] if "refers" in row else f"values/{row['list']}" if "list" in row else None
    found = (field.type, field.label, field.length, field.ref or field.list, field.readonly)
    assert found == (typed(name, row), row["label"], row.get("length"), named, row.get("readonly", False))


def test_every_list_of_the_vendors_page_is_one_of_the_connector() -> None:
    numbers = {row["list"] for rows in ROWS.values() for row in rows.values() if "list" in row}
    assert len(numbers) == 41  # the 42nd is the page's own example, of another module
    assert loaded("nicoka").spec.lists["values"].path == "application/entities/{{ id }}/values/"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_every_member_of_a_printed_answer_is_declared(path: Path) -> None:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    about = resource_of(told["connector"], told["given"]["resource"])
    members = {member for record in printed(told["answer"]["json"]) for member in record}
    assert [member for member in members - NOT_KEPT if not declares(about, member)] == []


def printed(body: Any) -> list[dict[str, Any]]:
    """The records of an answer, whatever stands around them."""
    if isinstance(body, list):
        return [record for part in body for record in printed(part)]
    if not isinstance(body, dict) or "Success" in body:
        return []
    for member in ("items", "data", "object"):
        if member in body:
            return printed(body[member])
    return [body]


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_has_no_value_in_the_file(name: str) -> None:
    assert [key for key, setting in loaded(name).spec.settings.items() if setting.secret and setting.default] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_signs_a_call_comes_from_settings(name: str) -> None:
    for auth in loaded(name).spec.auth:
        assert all("{{" in text for text in auth.headers.values())
        for exchange in auth.exchange:
            sent = {**exchange.json, **exchange.query, **exchange.form}
            assert all("{{" in text for key, text in sent.items() if key != "grant_type")


@pytest.mark.parametrize("name", NAMES)
def test_what_signs_a_call_is_a_declared_secret(name: str) -> None:
    spec = loaded(name).spec
    for auth in spec.auth:
        assert set(auth.needs) <= set(spec.settings)
        assert any(spec.settings[key].secret for key in auth.needs)


@pytest.mark.parametrize("name", NAMES)
def test_an_assumption_says_all_that_a_person_needs(name: str) -> None:
    for key, assumption in loaded(name).spec.assumptions.items():
        assert assumption.question.endswith("?"), key
        assert len(set(assumption.choices)) >= 2, key
        assert assumption.default in assumption.choices, key
        assert bool(assumption.risk) != bool(assumption.either), key


@pytest.mark.parametrize("name", NAMES)
def test_an_assumption_changes_something(name: str) -> None:
    data = {part: value for part, value in loaded(name).document.data.items() if part != "assumptions"}
    used = " ".join(texts(data))
    assumptions = loaded(name).spec.assumptions
    assert [
        key for key, one in assumptions.items() if f"assume.{key}" not in used and not (one.override or one.either)
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_expression_asks_for_an_unknown_assumption(name: str) -> None:
    spec, data = loaded(name).spec, loaded(name).document.data
    asked = {
        path[1]
        for text in texts(data)
        if is_expression(text)
        for path in parse_expression(text).reads
        if path[0] == "assume"
    }
    assert asked <= set(spec.assumptions)


@pytest.mark.parametrize(("name", "resource"), resources())
def test_every_field_is_a_plain_path(name: str, resource: str) -> None:
    about = resource_of(name, resource)
    places = [
        place for path, field in about.fields.items() for place in (path, field.read or path, field.write or path)
    ]
    assert [place for place in places if not parse_path(place).plain] == []


@pytest.mark.parametrize(("name", "resource"), resources())
def test_no_field_lies_inside_another_one(name: str, resource: str) -> None:
    paths = set(resource_of(name, resource).fields)
    assert [path for path in paths if any(other.startswith(f"{path}.") for other in paths)] == []


@pytest.mark.parametrize(("name", "resource"), resources())
def test_every_list_and_resource_that_a_field_names_exists(name: str, resource: str) -> None:
    spec = loaded(name).spec
    for path, field in resource_of(name, resource).fields.items():
        assert field.list is None or field.list.partition("/")[0] in spec.lists, path
        assert field.ref is None or field.ref in spec.resources, path
        assert (field.type == "ref") == (field.ref is not None), path
        assert field.type != "list" or field.list is not None, path


@pytest.mark.parametrize(("name", "resource"), resources())
def test_every_form_is_one_of_its_type(name: str, resource: str) -> None:
    wire = loaded(name).spec.wire.forms
    for path, field in resource_of(name, resource).fields.items():
        form = field.form or wire.get(field.type)
        if form is not None and field.type != "set":
            assert form in TYPES[field.type].forms, path


@pytest.mark.parametrize(("name", "resource"), resources())
def test_the_fields_that_a_resource_builds_on_exist(name: str, resource: str) -> None:
    about = resource_of(name, resource)
    assert about.fields[about.key].readonly
    assert about.stamp_key is None or about.stamp_key in about.fields
    assert about.changes.stamp is None or about.fields[about.changes.stamp].readonly
    assert [member for member in about.complete if not declares(about, member)] == []


@pytest.mark.parametrize(("name", "resource"), resources())
def test_the_operations_that_a_container_needs_exist(name: str, resource: str) -> None:
    about = resource_of(name, resource)
    for container in about.containers.values():
        named = {container.removes, container.reads, container.writes, container.definitions} - {None}
        assert named <= {*about.operations, *loaded(name).spec.actions}


@pytest.mark.parametrize(("name", "resource"), resources())
def test_a_create_is_repeatable_only_where_a_key_makes_it_an_upsert(name: str, resource: str) -> None:
    create = resource_of(name, resource).operations["create"]
    assert not create.repeatable or create.batch is not None and "uniqueproperty" in create.query


@pytest.mark.parametrize(("name", "resource"), resources())
def test_a_resource_is_read_and_written(name: str, resource: str) -> None:
    assert {"list", "get", "create", "update"} <= set(resource_of(name, resource).operations)
