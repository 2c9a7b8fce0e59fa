"""How a project opens its state: under which address, with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mapper.errors import Problem, SpecError
from mapper.log import hide
from mapper.spec.load import has_variable, substitute

if TYPE_CHECKING:
    from mapper.sync.project import Project


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
