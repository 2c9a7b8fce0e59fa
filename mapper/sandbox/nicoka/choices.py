"""The switches: for every point that the vendor's documents leave open, how the account may behave."""

from __future__ import annotations

#: switch -> its choices, the one that holds when nothing is said first
CHOICES: dict[str, tuple[str, ...]] = {
    # Signing in, errors and limits
    "login_form": ("both", "json", "query"),
    "login_refusal": ("json", "text"),
    # `unsaid`: as short, by a token that does not tell its end
    "token_life": ("long", "short", "unsaid"),
    "errors_with_200": ("off", "on", "all"),
    # `own`: the codes are no statuses, though some look like one
    "error_codes": ("http", "own"),
    "not_found": ("404", "error200", "empty"),
    "retry_after": ("absent", "present"),
    "rate_window": ("sliding", "calendar", "minute"),
    "throttled_body": ("json", "text"),
    # Lists
    "limit_over_200": ("clamp", "error"),
    "default_limit": ("100", "20"),
    # The only way that is understood; the parameters of the others are passed over
    "paging": ("all", "offset", "page", "query", "link"),
    "next_link": ("off", "on"),
    "snapshot": ("live", "frozen"),
    "order_by": ("honoured", "ignored"),
    "range_filter": ("honoured", "ignored"),
    "range_times": ("understood", "unknown"),
    "range_ends": ("included", "excluded"),
    "activities": ("array", "envelope"),
    "activity_paging": ("honoured", "ignored"),
    "unknown_params": ("ignored", "error"),
    # Writes
    "unknown_fields": ("ignored", "error"),
    "bad_values": ("error", "stored"),
    "lengths": ("ignored", "error", "truncated"),
    "body_limit": ("none", "64k"),
    # What is kept of markup in comments: all, all but what could run, or the text only
    "markup": ("kept", "filtered", "stripped"),
    "duplicates": ("allowed", "error"),
    "mandatory": ("examples", "fewest"),
    # `zero`: 0 empties what is counted or chosen, the empty text all else
    "clearing": ("both", "null", "empty", "zero"),
    "multi_values": ("json", "csv", "array"),
    "multi_writes": ("any", "json", "csv", "array"),
    "sent_messages": ("open", "closed"),
    "put": ("refused", "updates"),
    "delete": ("refused", "marks"),
    # `checked`: a write that sends an old one is refused
    "versi": ("ignored", "checked"),
    # What moves `udate`: every save, those of people only, or none
    "udate": ("moves", "by_people", "still"),
    "counters": ("quiet", "move_udate"),
    # What is shown
    "numbers": ("typed", "quoted"),
    "values_shape": ("array", "envelope", "map"),
    "values_keys": ("id", "value", "code"),
    "values_extras": ("none", "some"),
    "values_paging": ("whole", "paged"),
    "values_retired": ("left_out", "listed"),
    "values_language": ("french", "english"),
    "deleted": ("hidden", "shown"),
    # `other`: records that are alive bear the flag, too
    "loekz": ("deletion", "other"),
    # What a merge leaves in the winner: the losers, or numbers that mean something else
    "merging_log": ("losers", "other"),
    "rights": ("all", "some"),
    # `some`: records that are "Visible par" others are not there
    "rows": ("all", "some"),
    "custom_fields": ("none", "some"),
    "uid": ("1", "3"),
    "wall_clock": ("zone", "utc"),
    "contact_links": ("one", "several"),
    "published_jobs": ("token", "public"),
    "older_trial_path": ("off", "on"),
}
