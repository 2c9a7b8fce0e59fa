"""What a person does about a record in quarantine, by its cause: the table of docs/operations.md."""

from __future__ import annotations

#: `NUMBER` stands for that of the record.
REMEDIES = {
    "rule": "Correct the record at its vendor, or the row that `where` names.",
    "ambiguous": (
        "Merge the doubles at the vendor, make `match` sharper, or say which records are one with `mapper links set`."
    ),
    "reference": "Usually nothing: see why the other record is not linked.",
    "conflict": "Make the sides equal in that field, or choose a rule under `conflict`.",
    "write": "Correct the value, or the mapping. It is tried again at every run.",
    "waiting": "Usually nothing. It is tried again at every run.",
    "refused": (
        "Correct what it says. It is tried again by the next two runs, and later when the record or the "
        "mapping changes, or a list or custom field that it uses on this side, or when a record that it "
        "refers to is there; at once by `mapper quarantine retry NUMBER`."
    ),
    "gone": "Delete it there too, or keep it: `mapper quarantine drop NUMBER`.",
    "merged": "Merge them there, too; it goes by itself then.",
    "new": "`mapper links set`, or `mapper quarantine retry NUMBER` to have it created.",
    "similar": "`mapper links set` if they are one, `mapper quarantine retry NUMBER` if it is new.",
    "back": "`mapper links set` with the records of its link keeps it, `mapper links remove` has it matched anew.",
    "unclear": (
        "The next run looks for the record by its stamp, where the vendor can be searched by it, and goes on "
        "by itself. Where it cannot: look at the vendor, and if it is not there, `mapper quarantine retry "
        "NUMBER`."
    ),
}
