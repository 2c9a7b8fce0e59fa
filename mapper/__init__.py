"""Keeps records alike in several business systems.

    import mapper

    with mapper.load("path/to/project") as project:
        report = project.plan("company")

Whatever is here is imported when it is first used; `__version__` is the installed version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mapper.errors import GuardError, Locked, MapperError, RemoteError, RuleError, SpecError
    from mapper.sync.project import Project, load
    from mapper.sync.report import Change, Event, FieldChange, Quarantined, Report, SideCounts
    from mapper.sync.translator import Translator
    from mapper.sync.trial import Explanation

    __version__: str

__all__ = [
    "Change",
    "Event",
    "Explanation",
    "FieldChange",
    "GuardError",
    "Locked",
    "MapperError",
    "Project",
    "Quarantined",
    "RemoteError",
    "Report",
    "RuleError",
    "SideCounts",
    "SpecError",
    "Translator",
    "load",
]

_ERRORS = {"GuardError", "Locked", "MapperError", "RemoteError", "RuleError", "SpecError"}
_HOMES = {
    "Project": "sync.project",
    "load": "sync.project",
    "Translator": "sync.translator",
    "Explanation": "sync.trial",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("mapper-sync")
        except PackageNotFoundError:  # a checkout that was never installed
            return "0+unknown"
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "errors" if name in _ERRORS else _HOMES.get(name, "sync.report")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
