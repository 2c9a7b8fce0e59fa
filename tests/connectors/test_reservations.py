"""Reservation files, of which Koban Immobilier only tells: from its form into mappings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.errors import Missing
from mapper.spec.load import load_connector
from mapper.state import inbox
from mapper.web.door import Door
from tests.connectors.jobs.koban_immobilier import Scene

_TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "webhooks" / "koban_immobilier.yaml"
SAMPLE: dict[str, Any] = yaml.safe_load(_TRANSCRIPTS.read_text(encoding="utf-8"))["reservation_validated"]
FILES = """
entity: file
about: Reservation files, as products of another system
sides:
  immo: {resource: reservations, role: source}
  copy: {resource: products, role: target}
match: [code]
fields:
  code: {immo: Lot_Code, copy: OtherCode, required: true}
  name: {immo: {read: "{{ Res1Nom or 'Nobody' }}"}, copy: Label}
  price: {type: decimal, immo: PrixVente, copy: PrHt}
  paid: {type: decimal, immo: Apport, copy: Comments}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    yield Scene(tmp_path, more={"file": FILES})


def post(scene: Scene, form: dict[str, str]) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=Door(scene.project))) as client:
        assert client.post(scene.immo.notices.urls["reservation_validated"], data=form).json() == {"success": True}


def read(scene: Scene) -> list[dict[str, Any]]:
    with scene.project.connection("immo") as connection:
        return [record for page in connection.pages("reservations") for record in page.records]


def shown(scene: Scene) -> dict[str, tuple[str, Any]]:
    return {row["OtherCode"]: (row["Label"], row["Comments"]) for row in scene.copy.data()["ncProduct"]}


def validate(scene: Scene, **more: Any) -> None:
    file = {"PrixVente": 250_000, "Garantie": 5_000, "Res1Nom": "Noël", "Apport_cent": 1_000_050, **more}
    scene.at("reservations.valider", prospect=scene.anne, **file)


def test_the_form_of_the_vendors_page_is_a_record(scene: Scene) -> None:
    post(scene, SAMPLE["payload"])
    [record] = read(scene)
    wanted = SAMPLE["record"]
    plain = {name: record.get(name) or None for name in wanted if wanted[name] is None}
    assert plain == dict.fromkeys(plain)
    about = load_connector("koban_immobilier").spec.resources["reservations"].fields
    for name in wanted.keys() - plain.keys():
        value = float(record[name]) if about[name].type == "decimal" else record[name]
        assert (name, value) == (name, wanted[name])


def test_what_was_told_of_is_found_by_its_key_and_nothing_else_is(scene: Scene) -> None:
    post(scene, SAMPLE["payload"])
    [record] = read(scene)
    with scene.project.connection("immo") as connection:
        assert connection.get("reservations", connection.key_of("reservations", record)) == record
        with pytest.raises(Missing, match="nothing is told of a record other"):
            connection.get("reservations", "other")


def test_every_field_of_the_form_has_one_of_the_resource() -> None:
    spec = load_connector("koban_immobilier").spec
    texts = " ".join(spec.webhooks["reservation_validated"].record.values())
    fields = set(spec.resources["reservations"].fields)
    assert [name for name in SAMPLE["payload"] if name not in texts and name != "DealId"] == []
    assert set(spec.webhooks["reservation_validated"].record) | {"DealId"} == fields


def test_a_file_that_was_told_of_is_kept_alike_and_goes_when_it_is_withdrawn(scene: Scene) -> None:
    validate(scene)
    scene.project.sync("file")
    assert shown(scene) == {"L1": ("Noël", "10000.5")}
    scene.immo.calls.clear()
    scene.project.sync("file")
    scene.project.sync("file", full=True)
    assert (shown(scene), scene.immo.calls) == ({"L1": ("Noël", "10000.5")}, [])
    scene.at("reservations.desister", prospect=scene.anne)
    assert (read(scene), inbox.told(scene.project.store, "file", "immo")) == ([], [])
    report = scene.project.sync("file")
    assert report.exit_code == 0


def test_the_last_that_was_told_of_a_file_stands(scene: Scene) -> None:
    validate(scene)
    scene.project.sync("file")
    scene.at("reservations.desister", prospect=scene.anne)
    validate(scene, Res1Nom="Martin")
    scene.project.sync("file", hinted=True)
    assert [record["Res1Nom"] for record in read(scene)] == ["Martin"]
    assert shown(scene)["L1"][0] == "Martin"


def test_of_a_file_that_nobody_maps_nothing_is_kept(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    validate(scene)
    assert read(scene) == []
