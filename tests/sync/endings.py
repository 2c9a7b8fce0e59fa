"""A world in which records end: a small mapping of three systems, whose situations a test overrides."""

from __future__ import annotations

from typing import Any

from tests.sync.world import PROJECT, World

MAPPING = """
entity: company
about: Companies, small enough to be edited in tests
sides:
  koban: accounts
  nicoka: customers
  cirrus: {resource: accounts, where: "{{ active == 1 }}"}
match: [siret, [name, zip]]
conflict: koban
fields:
  name: {koban: Label, nicoka: name1, cirrus: name, required: true}
  siret: {koban: OfficialNumber, nicoka: identification_number, cirrus: number}
  zip: {koban: Address.ZipCode, nicoka: zipcode, cirrus: addresses.visiting.zip}
  website: {koban: Website, nicoka: website, cirrus: url}
  status:
    type: choice
    koban: Status.Code
    nicoka: status
    cirrus: typeid
    values: {prospect: {koban: PRO, nicoka: Prospect, cirrus: Prospekt}}
    default: prospect
"""

#: The user sees every record, and may delete at the one vendor of which it is only not known.
_SURE = PROJECT.replace(
    "connector: nicoka\n",
    "connector: nicoka\n    assume: {rights: all, merging_log: losers}\n    override:\n      resources:\n"
    '        customers: {operations: {delete: {method: DELETE, path: "customers/{{ key }}"}}}\n',
).replace("connector: cirrus\n", "connector: cirrus\n    assume: {rights: all}\n")


class Endings(World):
    """`situations` is the table of the mapping; the vendors' lists show everything."""

    def choose(self, situations: str = "", *, rules: str = "", guards: str = "", sure: bool = True) -> None:
        """Write the project and its mapping."""
        text = MAPPING + (f"situations: {situations}\n" if situations else "")
        self.write("mappings/company.yaml", text.replace("match: [siret, [name, zip]]", rules) if rules else text)
        project = (_SURE if sure else PROJECT).replace("[company, person]", "[company]")
        self.write("mapper.yaml", project + (f"guards: {guards}\n" if guards else ""))
        self.nicoka.set_switches({"delete": "marks"})

    def customer(self, name: str = "ACME") -> dict[str, Any]:
        return next(row for row in self.customers() if row["name1"] == name)

    def sync(self, entity: str = "company", **options: Any) -> Any:
        """One run by a person who knows what she has changed in the mapping."""
        allowed = (*options.pop("allowed", ()), "changed")
        return super().sync(entity, allowed=allowed, **options)

    def full(self, **options: Any) -> Any:
        return self.sync(full=True, **options)

    def names(self) -> dict[str, list[str]]:
        """The names of what is alive on each side."""
        return {
            "koban": sorted(row["Label"] for row in self.accounts() if not row["Obsolete"]),
            "nicoka": sorted(row["name1"] for row in self.customers() if row["active"]),
            "cirrus": sorted(row["name"] for row in self.cirrus_accounts()),
        }

    def everywhere(self, *names: str) -> dict[str, list[str]]:
        return dict.fromkeys(("koban", "nicoka", "cirrus"), sorted(names))
