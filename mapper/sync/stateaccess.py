"""How a project opens its state: under which address, with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from mapper.errors import Problem, SpecError
from mapper.log import hide
from mapper.spec.load import has_variable, substitute

if TYPE_CHECKING:
    from mapper.sync.project import Project

#: Addresses of a state in memory.
_NOWHERE = ("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://:memory:")


def address_of(project: Project) -> str:
    """The database URL that `state` gives.

    Raises SpecError where a variable is not set, where a password stands there, or where nothing would be kept.
    """
    text, position = project.spec.state, project.loaded.document.value_at(("state",))
    parts = urlsplit(text)
    for secret in (parts.password, dict(parse_qsl(parts.query)).get("password")):
        if secret and not has_variable(secret):
            message = "the password in 'state' is a secret and must not stand here"
            raise SpecError([Problem(position, message, "write ${NAME} in its place")])
    address = substitute(text, project.env, position)
    if address in _NOWHERE:
        message = "'state' names no file: what a run knows would be gone with it, and the next would know nothing"
        raise SpecError([Problem(position, message, "for example sqlite:///mapper.db")])
    return address


def key_of(project: Project) -> str | None:
    """The key that `state_key` names, if it does; raises SpecError where it stands there literally, or is not set."""
    text = project.spec.state_key
    if text is None:
        return None
    position = project.loaded.document.value_at(("state_key",))
    if not has_variable(text):
        raise SpecError([Problem(position, "'state_key' is a secret and must not stand here", "write ${NAME}")])
    key = substitute(text, project.env, position)
    hide(key)
    return key
