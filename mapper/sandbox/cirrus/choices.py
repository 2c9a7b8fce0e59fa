"""What the documents leave open, and how a tenant may be: the first choice is the likeliest or the nastier one."""

from __future__ import annotations

CHOICES: dict[str, tuple[str, ...]] = {
    # Signing in. `token_reply`: with the life of the token, the token alone, or with all that a standard server tells.
    "token_life": ("long", "short"),
    "token_reply": ("life", "bare", "full"),
    "client_login": ("basic", "form"),
    "scope": ("none", "needed"),
    # Refusals. `refusal` is the body of 401, 403 and 429.
    "bad_login": ("401", "403"),
    "refusal": ("message", "html", "empty"),
    "hidden": ("404", "403"),
    "rate": ("none", "low"),
    "too_many": ("429 with Retry-After", "429", "503"),
    "orders_addon": ("present", "403", "404"),
    # What the user of a program may see: every record, or his own accounts and their contacts.
    "sight": ("all", "own"),
    # Lists.
    "trailing_slash": ("404", "redirect"),
    "wrap_pages": ("off", "on"),
    "big_page": ("400", "clamp"),
    "past_end": ("empty", "404"),
    "no_sorting": ("400", "default"),
    "omitted_active": ("both", "active"),
    "filter_case": ("exact", "fold"),
    "fulltext": ("phrase", "words", "wildcard"),
    "leads_created": ("day", "since"),
    "datespan": ("placedate", "deliverydate"),
    "span_ends": ("inclusive", "exclusive"),
    "opportunity_date": ("planned", "ended", "changed"),
    "mission_list": ("mission", "connection"),
    "account_types": ("listed", "gone"),
    "lead_sources": ("shared", "own"),
    # Writes. `clearing`: an empty text empties and null is refused, or null empties and an empty text says nothing.
    "create_reply": ("null", "object", "array", "empty", "location", "id"),
    "create_status": ("201", "200"),
    "update_reply": ("204", "object", "null"),
    "put_mode": ("partial", "full"),
    "clearing": ("empty", "null"),
    "arrays": ("replace", "merge"),
    "account_number": ("free", "unique"),
    "external_keys": ("free", "unique"),
    "lengths": ("none", "255"),
    "rounding": ("none", "cents"),
    # Dynamic fields. `choice_text`: what stands under `value` of a choice; `checks`: how a box that is ticked is told.
    "dynamic_path": ("values", "data"),
    "dynamic_filter": ("label", "id", "ignored"),
    "empty_values": ("listed", "hidden"),
    "value_id": ("field", "own"),
    "choice_text": ("label", "id", "empty"),
    "checks": ("1", "true"),
    # How records are shown. `moments` are those in documented members; `untyped_dates` the others.
    "moments": ("Z", "naive"),
    "zone": ("Europe/Stockholm", "UTC"),
    "untyped_dates": ("text", "number", "object"),
    "stamps": ("fields", "all"),
    "amounts": ("number", "text", "two decimals"),
    "flags": ("int", "boolean"),
    "empty_object": ("nulls", "null"),
    "unset_text": ("null", "empty"),
    "documented_single": ("array", "object"),
    "tag_types": ("company", "several"),
    "extra_members": ("none", "some"),
    "masked_unknown": ("left out", "null"),
    # Records that end.
    "gone": ("404", "410"),
    "merged": ("404", "target"),
}
