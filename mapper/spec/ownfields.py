"""Fields of a vendor's users that stand among the others of a record: the catalogue's, laid over a connector."""

from __future__ import annotations

from dataclasses import replace

from mapper.spec.checked import Loaded
from mapper.spec.connector import Connector, Field, ListSource
from mapper.spec.project import Catalogue, CustomField


def with_own_fields(loaded: Loaded[Connector], catalogue: Catalogue) -> Loaded[Connector]:
    """The connector with the fields that a catalogue has for its resources; what the file declares itself stays."""
    spec = loaded.spec
    resources, lists = dict(spec.resources), dict(spec.lists)
    for resource in catalogue.fields.keys() & resources.keys():
        about = resources[resource]
        fresh = {name: one for name, one in catalogue.fields[resource].items() if name not in about.fields}
        made = {name: _field(one, f"{resource}.{name}") for name, one in fresh.items()}
        resources[resource] = replace(about, fields={**about.fields, **made})
        chosen = {name: one.options for name, one in fresh.items() if one.options}
        lists |= {f"{resource}.{name}": ListSource(values=dict(values)) for name, values in chosen.items()}
    return Loaded(replace(spec, resources=resources, lists=lists), loaded.document) if catalogue.fields else loaded


def _field(custom: CustomField, values: str) -> Field:
    """The field as a connector would declare it; `values` names the list of the options that it has with it."""
    return Field(
        type="list" if custom.options and custom.type == "text" else custom.type,
        label=custom.label,
        form=custom.form,
        readonly=custom.readonly,
        list=values if custom.options else custom.list,
        read=custom.id,
        write=custom.id,
        pos=custom.pos,
    )
