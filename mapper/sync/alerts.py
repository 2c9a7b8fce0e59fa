"""Who is told when a mapping is not well any more, has got worse, or is well again: once for each such change.

What was told last stands in the state, for each channel by itself. An alert that cannot be delivered never fails a run;
it is told on stderr, and tried again by the next one.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from mapper.errors import GuardError, Locked, MapperError, RemoteError, StateError, UsageError
from mapper.log import hide, log, mask
from mapper.spec.load import has_variable, substitute
from mapper.state import watched
from mapper.sync.report import Report

if TYPE_CHECKING:
    from mapper.sync.project import Project

_SECONDS = 20.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

#: How many records an alert names, where it may name any.
_NAMED = 20


@contextmanager
def watched_over(project: Project, entity: str) -> Iterator[list[Report]]:
    """What is done inside puts its report into the list; how it ended is told where that is news."""
    done: list[Report] = []
    try:
        yield done
    except (Locked, UsageError, StateError):
        # Nothing is known of the mapping by these: another run holds it, or nobody could ask.
        raise
    except Exception as error:
        # Whatever keeps us from telling, what went wrong first is what counts.
        with suppress(MapperError):
            tell(project, entity, {"state": "stopped" if isinstance(error, GuardError) else "failed", **_error(error)})
        raise
    tell(project, entity, _standing(project, done[0]))


def _error(error: Exception) -> dict[str, Any]:
    """An error without a vendor's words, which may hold values of a record."""
    found: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, GuardError):
        found |= {"message": error.message, "flag": error.flag}
    elif isinstance(error, RemoteError):
        found |= {"connection": error.connection, "status": error.status}
    elif isinstance(error, MapperError):
        found["message"] = mask(str(error))
    return found


def _standing(project: Project, report: Report) -> dict[str, Any]:
    rows = project.store.quarantined(entity=report.entity)
    causes = Counter(f"{row['side']} {row['cause']}" for row in rows)
    found: dict[str, Any] = {"quarantine": dict(sorted(causes.items()))}
    found["warnings"] = [str(warned) for warned in report.warnings]
    # A list that changed is news once; an expectation that does not hold is a state that lasts.
    found["lists"] = [str(warned) for warned in report.warnings if warned.kind == "lists"]
    found["broken"] = sorted({f"{warned.kind} {warned.side}" for warned in report.warnings if warned.kind != "lists"})
    found["state"] = "unexpected" if found["broken"] else "quarantine" if rows else "well"
    return found


def tell(project: Project, entity: str, now: dict[str, Any]) -> None:
    """Tell how a mapping stands by every channel to which that is news."""
    alerts = project.spec.alerts
    channels = [(n, s) for n, s, wanted in (("command", _run, alerts.command), ("url", _post, alerts.url)) if wanted]
    for channel, send in channels:
        then = watched.told(project.store, entity, channel)
        if not _news(project, entity, then, now):
            _keep(project, entity, channel, now, then)
            continue
        try:
            send(project, _content(project, entity, then, now))
        except Exception as error:
            words = mask(str(error)) if isinstance(error, MapperError) else type(error).__name__
            log.warning("%s: the alert by %s could not be delivered: %s", entity, channel, words)
            # What is news only once must not be lost with it.
            missed = [*then.get("missed", ()), *now.get("lists", ())]
            watched.tell(project.store, entity, channel, {**then, "missed": list(dict.fromkeys(missed))})
        else:
            _keep(project, entity, channel, now, {"run": _last_run(project, entity)})


def _keep(project: Project, entity: str, channel: str, now: dict[str, Any], told: dict[str, Any]) -> None:
    names = ("state", "error", "flag", "connection", "quarantine", "broken")
    standing = {name: now[name] for name in names if name in now} | {"run": told.get("run", 0)}
    if standing != told:
        watched.tell(project.store, entity, channel, standing)


def _news(project: Project, entity: str, then: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether a mapping stands otherwise than was told: worse, or well again. What is merely better is not told."""
    if now["state"] != then.get("state", "well") or then.get("missed"):
        return True
    if any(now.get(name) != then.get(name) for name in ("error", "flag", "connection")):
        return True
    if set(now.get("broken", ())) - set(then.get("broken", ())) or now.get("lists"):
        return True
    if set(now.get("quarantine", ())) - set(then.get("quarantine", ())):
        return True
    return bool(_new(project, entity, then))


def _new(project: Project, entity: str, then: dict[str, Any]) -> list[Any]:
    """What has come into quarantine since the run that was told."""
    return [row for row in project.store.quarantined(entity=entity) if row["first_run"] > then.get("run", 0)]


def _last_run(project: Project, entity: str) -> int:
    last = project.store.runs(entity=entity, limit=1)
    return int(last[0]["id"]) if last else 0


def _content(project: Project, entity: str, then: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    new = _new(project, entity, then)
    told = {name: value for name, value in now.items() if name not in ("broken", "lists")}
    content: dict[str, Any] = {
        "project": project.folder.resolve().name,
        "entity": entity,
        "run": _last_run(project, entity),
        "at": datetime.fromtimestamp(project.clock(), UTC).isoformat(),
        "before": then.get("state", "well"),
        **told,
        "new_in_quarantine": len(new),
    }
    if missed := [words for words in then.get("missed", ()) if words not in now.get("warnings", ())]:
        content["warnings"] = [*missed, *content.get("warnings", ())]
    if project.spec.alerts.titles:
        names = ("id", "side", "key", "cause", "field", "title", "message")
        content["records"] = [{name: row[name] for name in names} for row in new[:_NAMED]]
    return content


# ---- channels -----------------------------------------------------------------------------------------------------


def _run(project: Project, content: dict[str, Any]) -> None:
    command = list(project.spec.alerts.command)
    try:
        done = subprocess.run(
            command,
            input=orjson.dumps(content),
            cwd=project.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        words = error.strerror if isinstance(error, OSError) else f"it took longer than {_SECONDS:.0f} s"
        raise UsageError(f"{command[0]}: {words}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"{command[0]} ended with {done.returncode}{f': {lines[-1][:200]}' if lines else ''}")


def _post(project: Project, content: dict[str, Any]) -> None:
    import httpx

    alerts = project.spec.alerts
    url = httpx.URL(_filled(project, alerts.url or "", "url"))
    if url.scheme == "http" and url.host not in (*_LOOPBACK, *alerts.allow_http):
        raise UsageError(f"alerts: {url.host} would be told without encryption", hint="use https, or allow_http")
    headers = {name: _filled(project, text, "headers", name) for name, text in alerts.headers.items()}
    headers["Content-Type"] = "application/json"
    try:
        answer = httpx.post(url, content=orjson.dumps(content), headers=headers, timeout=_SECONDS)
    except httpx.HTTPError as error:
        raise UsageError(f"{url.host} cannot be reached ({type(error).__name__})") from None
    if not answer.is_success:
        raise UsageError(f"{url.host} answered {answer.status_code}")


def _filled(project: Project, text: str, *steps: str) -> str:
    """A text with its variables; what comes from outside the file is a secret."""
    value = substitute(text, project.env, project.loaded.document.value_at(("alerts", *steps)))
    if has_variable(text):
        hide(value)
    return value
