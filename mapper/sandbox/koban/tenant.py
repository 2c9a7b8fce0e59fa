"""What an administrator has declared in the demo tenant: lists, tags, custom fields, users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ListValue:
    code: str
    label: str
    guid: str


@dataclass(frozen=True)
class Tag:
    category: str
    label: str
    code: str | None
    guid: str


@dataclass(frozen=True)
class User:
    first_name: str
    name: str
    code: str
    guid: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.name}"


@dataclass(frozen=True)
class Field:
    """A custom field; kinds: text, flag, date, number, list. `values` is the code of its list."""

    ident: str
    kind: str
    values: str = ""


# Ids that occur in the vendor's own samples stand as they are written there.
STATUSES = (
    ListValue("PRO", "Prospect", "5502afe50dc3610e8c5fd660"),
    ListValue("CLI", "Client", "5502afe50dc3610e8c5fd661"),
    ListValue("FOU", "Fournisseur", "5502afe50dc3610e8c5fd662"),
)
TYPES = (
    ListValue("PRO", "Professionnel", "5502afe50dc3610e8c5fd664"),
    ListValue("PART", "Particulier", "5502afe50dc3610e8c5fd665"),
)
ORIGINS = (
    ListValue("WEB", "WEB", "551020cb0dc36102a082f1ba"),
    ListValue("TIERS", "Origine Application tierce", "551020cb0dc36102a082f1bb"),
)
GENDERS = (
    ListValue("MR", "Monsieur", "5502afe50dc3610e8c5fd670"),
    ListValue("MME", "Madame", "5502afe50dc3610e8c5fd671"),
)
SECTORS = (
    ListValue("BAT", "Bâtiment", "5583bc220dc3610a94746d40"),
    ListValue("ENE", "Énergie", "5583bc220dc3610a94746d41"),
    ListValue("SAN", "Santé", "5583bc220dc3610a94746d42"),
    ListValue("LOG", "Logiciels", "5583bc220dc3610a94746d43"),
    ListValue("COM", "Commerce", "5583bc220dc3610a94746d44"),
    ListValue("IND", "Industrie", "5583bc220dc3610a94746d45"),
)
LANGUAGES = (
    ListValue("FR", "Français", "5583bc220dc3610a94746d50"),
    ListValue("SV", "Suédois", "5583bc220dc3610a94746d51"),
    ListValue("NL", "Néerlandais", "5583bc220dc3610a94746d52"),
)

PAYMENTS = (
    ListValue("CHQ", "Par chèque", "5791d0710dc36117a8d6a56c"),
    ListValue("VIR", "Par virement", "5791d0710dc36117a8d6a56d"),
)
PRIORITIES = (
    ListValue("N", "Normale", "5502afe50dc3610e8c5fd680"),
    ListValue("H", "Haute", "5502afe50dc3610e8c5fd681"),
)
PACKINGS = (ListValue("CARTON", "Carton", "5502afe50dc3610e8c5fd690"),)
CLASSES = (ListValue("A", "Classe A", "5502afe50dc3610e8c5fd6a0"),)


@dataclass(frozen=True)
class ActionType(ListValue):
    """A kind of action, with the colour in which the calendar shows it."""

    color: str
    on_agenda: bool


ACTION_TYPES = (
    ActionType("RDV", "Rendez-vous", "5502afe50dc3610e8c5fd6b0", "#2a9d8f", True),
    ActionType("TEL", "Appel", "5502afe50dc3610e8c5fd6b1", "#e9c46a", False),
)

SECTOR = "5583bc220dc3610a94746d3b"
PREMIUM = "5583bc220dc3610a94746d3c"
SIGNED = "5583bc220dc3610a94746d3d"
STAFF = "5583bc220dc3610a94746d3e"
NICKNAME = "5583bc220dc3610a94746d3f"
NEWSLETTER = "nl_5704ffda0dc3640c748f843a"
LANGUAGE = "57553c100dc361125c84e660"
PATRON = "57553c100dc361125c84e661"

ACCOUNT_FIELDS = (
    Field(SECTOR, "list", "SECTEUR"),
    Field(PREMIUM, "flag"),
    Field(SIGNED, "date"),
    Field(STAFF, "number"),
    Field(NICKNAME, "text"),
    Field(NEWSLETTER, "flag"),
)
CONTACT_FIELDS = (Field(LANGUAGE, "list", "LANGUE"), Field(PATRON, "flag"))

BUDGET, VISITED = "5a0c1d2e0dc3610a94740001", "5a0c1d2e0dc3610a94740002"
CUSTOM_FIELDS: dict[str, tuple[Field, ...]] = {
    "ncThird": ACCOUNT_FIELDS,
    "ncContact": CONTACT_FIELDS,
    "ncLead": (Field("5a0c1d2e0dc3610a94740003", "text"), Field("5a0c1d2e0dc3610a94740004", "flag")),
    "ncDeal": (
        Field(BUDGET, "number"),
        Field("5a0c1d2e0dc3610a94740005", "list", "SECTEUR"),
        Field("5a0c1d2e0dc3610a94740009", "text"),
    ),
    "ncDealProcess": (Field("5a0c1d2e0dc3610a94740006", "text"),),
    "ncAction": (Field(VISITED, "flag"), Field("5a0c1d2e0dc3610a94740007", "date")),
    "ncProduct": (Field("5a0c1d2e0dc3610a94740008", "number"),),
}

INTERESTS, PRIORITIES_OF_DEALS = "INTERET", "PRIORITE"
#: A category without an external code: the API gives and takes its Guid in place of the code.
FAIRS = "5704ffda0dc3640c748f8500"

USERS = (
    User("Guillaume", "Kobanne", "GK", "5502a6d30dc361046cba4b1e"),
    User("Élodie", "Marchand", "EM", "5502a6d30dc361046cba4b20"),
    # Her code is her number as an employee in Nicoka.
    User("Claire", "Martin", "43", "5502a6d30dc361046cba4b21"),
)
API_USER = USERS[0]


class Tenant:
    """The declarations of one tenant; lists and tags can grow through the API."""

    def __init__(self) -> None:
        self.lists: dict[str, dict[str, ListValue]] = {
            "STATUT": _by_code(STATUSES),
            "TYPE": _by_code(TYPES),
            "ORIGINE": _by_code(ORIGINS),
            "GENRE": _by_code(GENDERS),
            "SECTEUR": _by_code(SECTORS),
            "LANGUE": _by_code(LANGUAGES),
            "REGLEMENT": _by_code(PAYMENTS),
            "PRIORITE": _by_code(PRIORITIES),
            "CONDITIONNEMENT": _by_code(PACKINGS),
            "CLASSEMENT": _by_code(CLASSES),
            "TYPEACTION": _by_code(ACTION_TYPES),
        }
        self.categories = {INTERESTS: "Centres d'intérêt", FAIRS: "Salons", PRIORITIES_OF_DEALS: "Priorités"}
        self.tags: dict[str, Tag] = {}
        labels = ("Cuisine", "Bricolage", "Poterie", "Jardinage", "Énergie", "Logiciel", "Musique", "Randonnée")
        for number, label in enumerate(labels):
            self.add_tag(
                Tag(INTERESTS, label, "CUI" if label == "Cuisine" else None, f"5704ffda0dc3640c748f86{number:02x}")
            )
        self.add_tag(Tag(FAIRS, "Salon de Lyon", None, "5704ffda0dc3640c748f8700"))
        for number, label in enumerate(("Urgent", "Stratégique", "Renouvellement")):
            self.add_tag(Tag(PRIORITIES_OF_DEALS, label, None, f"5704ffda0dc3640c748f88{number:02x}"))

    def add_tag(self, tag: Tag) -> None:
        self.tags[tag.guid] = tag

    def find_tag(self, category: str, label: str, code: str) -> Tag | None:
        """The tag of that label in that category, or else of that external code; exact spelling."""
        for tag in self.tags.values():
            if label and (tag.category, tag.label) == (category, label):
                return tag
            if not label and code and tag.code == code and category in ("", tag.category):
                return tag
        return None

    def value(self, list_code: str, guid: str) -> ListValue | None:
        """The value with that Guid."""
        return next((value for value in self.lists[list_code].values() if value.guid == guid), None)

    def choice(self, list_code: str, text: str) -> ListValue | None:
        """The value with that external code or that label; exact spelling."""
        values = self.lists[list_code]
        return values.get(text) or next((value for value in values.values() if value.label == text), None)

    def user(self, text: str) -> User | None:
        """The user with that external code or full name."""
        return next((user for user in USERS if text in (user.code, user.full_name)), None)

    def user_by_guid(self, guid: str) -> User | None:
        """The user with that Guid."""
        return next((user for user in USERS if user.guid == guid), None)


def _by_code(values: Iterable[ListValue]) -> dict[str, ListValue]:
    return {value.code: value for value in values}
