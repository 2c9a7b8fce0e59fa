"""What a database says when it cannot be used, in words that say what to do."""

from __future__ import annotations

from mapper.errors import StateError

#: What to do about a state that is damaged.
RESTORE = "put a backup in its place, or move it away: the next sync finds the links again by stamps and match rules"

#: By a part of what SQLite says, what to do about it.
_SQLITE = {
    "malformed": RESTORE,
    "not a database": f"if it is not another file that is named by mistake, it is damaged: {RESTORE}",
    "Invalid SQLite URL": "a relative file comes after three slashes: sqlite:///mapper.db",
    "unable to open": "its folder must be there, and this user may read and write it; a folder is no file",
    "readonly": "this user must be able to write the file and its folder",
    "is locked": "another process writes to it: wait, or look who it is with `mapper state show`",
    "disk I/O": "look whether the disk is full or failing",
}


def state_error(error: Exception, shown: str) -> StateError:
    """The error for what a driver says of the state at an address, which is `shown` without its password."""
    if isinstance(error, ImportError):
        return StateError("the PostgreSQL driver is not installed", hint="pip install 'mapper-sync[postgres]'")
    cause = getattr(error, "orig", None) or error
    words = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    if "disk" in words and "full" in words:
        return StateError(f"the disk is full: {shown} cannot be written", hint="make room and run it again")
    hint = "check the address, the user and the password, and whether the server runs"
    if shown.startswith("sqlite"):
        hint = next(
            (hint for part, hint in _SQLITE.items() if part in words), "check the path, its rights and the disk"
        )
    return StateError(f"the state {shown} cannot be used: {words}", hint=hint)
