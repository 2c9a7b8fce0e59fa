"""jq: one program, compiled once; a record goes in as a value and comes out as one."""

from __future__ import annotations

import os
import time

import jq

from benchmarks.translate import hand
from benchmarks.translate.peers import harness

PROGRAM = r"""
def clean: if . == null then empty else trim | select(. != "") end;
def text(f): [f | clean][0];
def lower: if . == null then null else ascii_downcase end;
def code($table): if . == null or . == "" then null else $table[.] end;
def listed($table): text(.) | if . == null then null else $table[.] end;
def wall: if . == null then null else (.[6:-2] | tonumber / 1000 | floor)
  | select(. >= -62104060800) | strflocaltime("%Y-%m-%d %H:%M:%S") end;
((.MoreFields // []) | map({key: .FieldId, value: .Value}) | from_entries | map_values(select(. != ""))) as $more
| (.Status.Code | code($STATUS) // 1) as $status
| {
  name1: text(.Label),
  name2: text(.Address.Name),
  reference: text(.Extcode),
  email: text(.EMail) | lower,
  phone: (text(.Phone) // text(.Cell)),
  website: text(.Website) | lower,
  identification_number: (text(.OfficialNumber) | if . then split(" ") | join("") else null end),
  vat_reg_number: (text(.Vat) | if . then ascii_upcase else null end),
  comments: text(.Comments),
  street: ([(.Address.Street, .Address.Compl) | clean] | if . == [] then null else join(", ") end),
  zipcode: text(.Address.ZipCode),
  city: text(.Address.City),
  country: (.Address.Country | listed($COUNTRIES) // "FR"),
  status: $status,
  type: (.Type.Code | code($TYPES)),
  sourceid: (.Origin.Code | code($ORIGINS)),
  owner_objectid: (.AssignedTo.EMail | code($OWNERS)),
  tags: ([.Tags // [] | .[] | select(.TagCategoryCode == "INTERET").Label | listed($INTERESTS)]
    | if . == [] then null else . end),
  active: (if .Obsolete then 0 else 1 end),
  invoicing_email: (if $status == 2 then text(.InvoiceMail) | lower else null end),
  premium: ($more.premium | code($FLAGS)),
  contract_date: ($more.signature | if . then .[6:] + "-" + .[3:5] + "-" + .[:2] else null end),
  credit_limit: ($more.encours | if . then split(" ") | join("") | split(",") | join(".") | tonumber else null end),
  industry: ($more.secteur | listed($SECTORS)),
  nb_of_employees: ($more.effectif | if . then tonumber else null end),
  name3: text($more.surnom),
  created_on: ([.DCreated | wall][0]),
  updated_on: ([.DUpdated | wall][0]),
  contacted_on: ([.LastContact | wall][0])
} | with_entries(select(.value != null))
"""


if __name__ == "__main__":
    # jq knows the machine's own time zone and no other.
    os.environ["TZ"] = "Europe/Paris"
    time.tzset()
    tables = {name: getattr(hand, name) for name in ("STATUS", "TYPES", "ORIGINS", "OWNERS", "FLAGS")}
    tables |= {name: harness.spelt(getattr(hand, name)) for name in ("COUNTRIES", "SECTORS", "INTERESTS")}
    program = jq.compile(PROGRAM, args=tables)
    harness.run(
        lambda account: program.input_value(account).first(),
        ["jq"],
        lacks=[harness.NO_NFC, harness.SPELLINGS, harness.NO_CALENDAR],
        same=harness.normalised,
    )
