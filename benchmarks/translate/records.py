"""Accounts as Koban sends them, made up: the same ones on every machine, for a seed."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

Record = dict[str, Any]

_NAMES = (
    "Énergie Verte", "Atelier du Chêne", "Boulangerie Côté Cour", "Transports Lefèvre & Fils", "Nordic Träd AB",
    "Cabinet Dupuis", "Société Générale de Maçonnerie", "Garage de l'Étoile", "Imprimerie Bézier", "ACME France",
    "Håkansson Bygg", "Clinique Saint-Joseph", "Menuiserie Légère", "Logiciels Rêve d'Été", "Pharmacie Centrale",
)  # fmt: skip
_FIRST_NAMES = ("Anna", "Jérôme", "Zoë", "Björn", "Inès", "Paul", "Maëlle", "Åsa", "Yves", "Noémie")
_LAST_NAMES = ("Lefèvre", "Berg", "Müller", "Durand", "Öberg", "Petit", "Gauthier", "Núñez", "Martin", "Lindström")
_STREETS = ("rue de la République", "avenue Jean Jaurès", "place de l'Église", "boulevard Voltaire", "Kungsgatan")
_CITIES = ("Paris", "Saint-Étienne", "Lyon", "Besançon", "Göteborg", "Nîmes", "Orléans", "Malmö", "Béziers", "Lille")
_COUNTRIES = ("France", "Suède", "Belgique", "Espagne", "Norvège", "Suisse")
_SECTORS = ("Bâtiment", "Énergie", "Santé", "Logiciels", "Commerce", "Industrie")
_INTERESTS = ("Solaire", "Rénovation", "Pompe à chaleur", "Isolation", "Éolien", "Conseil", "Audit énergétique")
_OTHER_TAGS = (("SALON", "Lyon 2024"), ("SALON", "Paris 2025"), ("NIVEAU", "Or"), ("NIVEAU", "Argent"))
_STATUS = (("PRO", "Prospect"), ("CLI", "Client"), ("FOU", "Fournisseur"), ("ANC", "Ancien client"))
_TYPES = (("PRO", "Professionnel"), ("PART", "Particulier"), ("ADM", "Administration"))
_ORIGINS = (("WEB", "Site web"), ("SALON", "Salon"), ("RECO", "Recommandation"), ("TEL", "Téléphone"))
_SENTENCE = (
    "contact pris au salon, à rappeler après l'été ; devis envoyé, en attente d'une réponse du siège ; le gérant est "
    "très intéressé par la rénovation énergétique des bâtiments anciens et souhaite une visite avant Noël"
)
_WORDS = tuple(_SENTENCE.split())
#: How Koban says that there is no date: the first moment of the year 1.
_NO_DATE = "/Date(-62135596800000)/"
_PLENTY = 0.05
_SOME = 0.25
_FEW = 0.5


def records(count: int, seed: int = 20260131) -> list[Record]:
    """So many accounts; 5 to 50 % of each field is null, empty, blank or not there at all."""
    rng = random.Random(seed)
    return [_account(rng) for _ in range(count)]


def _account(rng: random.Random) -> Record:
    name = f"{rng.choice(_NAMES)} {rng.randrange(10_000)}"
    status, kind, origin = rng.choice(_STATUS), rng.choice(_TYPES), rng.choice(_ORIGINS)
    account: Record = {
        "Guid": _guid(rng),
        "Label": _messy(rng, name),
        "FirstName": None,
        "Extcode": f"EXT-{rng.randrange(10**6):06d}",
        "OtherCode": f"{rng.randrange(10**4):04d}",
        "AccountingCode": f"411{rng.randrange(10**5):05d}",
        "Status": {"Guid": _guid(rng), "Code": status[0], "Label": status[1]},
        "Type": {"Guid": _guid(rng), "Code": kind[0], "Label": kind[1]},
        "Origin": {"Guid": _guid(rng), "Code": origin[0], "Label": origin[1]},
        "Comments": _messy(rng, " ".join(rng.choices(_WORDS, k=45))),
        "Website": _messy(rng, f"https://www.Entreprise-{rng.randrange(10**4)}.fr/Accueil"),
        "Phone": _phone(rng),
        "Cell": _phone(rng),
        "Fax": _phone(rng),
        "EMail": _messy(rng, f"Contact.{rng.randrange(10**5)}@Entreprise-{rng.randrange(10**4)}.fr"),
        "InvoiceMail": f"factures@entreprise-{rng.randrange(10**4)}.fr",
        "OfficialNumber": f"{rng.randrange(10**9):09d} {rng.randrange(10**5):05d}",
        "Vat": f"fr{rng.randrange(10**11):011d}",
        "Address": _address(rng),
        "InvoiceAddress": _address(rng),
        "AssignedTo": _user(rng),
        "Unsuscribe": rng.random() < 0.1,
        "Optin": rng.random() < 0.5,
        "InvalidMail": rng.random() < 0.1,
        "InvalidSMS": rng.random() < 0.1,
        "Obsolete": rng.random() < 0.2,
        "ModeRglt": rng.choice(("VIR", "CHQ", "PRLV")),
        "EcheanceCode": "30 jours fin de mois",
        "TaxRate": 20.0,
        "Title": rng.choice(("SARL", "SAS", "SA", "EURL")),
        "eShop": None,
        "StructCode": f"S{rng.randrange(100):02d}",
        "UTMCampaign": "printemps",
        "UTMMedium": "email",
        "UTMSource": "newsletter",
        "AccountToInvoice": None,
        "Geo": {"X": round(rng.uniform(-4, 8), 6), "Y": round(rng.uniform(42, 51), 6)},
        "ActivityCode": f"{rng.randrange(10**4):04d}Z",
        "UpdatedBy": _guid(rng),
        "ActivityLabel": "Travaux de rénovation et d'isolation thermique des bâtiments",
        "NextAction": {"Guid": _guid(rng), "Label": "Rappeler le gérant", "Date": "2026-03-02T09:00:00", "Done": False},
        "Structure": {"Guid": _guid(rng), "Code": "S01", "Label": "Agence de Saint-Étienne", "Active": True},
        "Picture": f"https://static.koban.example/accounts/{_guid(rng)}/logo-256.png",
        "Created": "2019-05-04T08:30:12.467",
        "Updated": "2025-11-03T14:02:59.113",
        "DCreated": _date(rng, 1_300_000_000_000, 1_600_000_000_000),
        "DUpdated": _date(rng, 1_600_000_000_000, 1_790_000_000_000),
        "LastContact": _NO_DATE if rng.random() < 0.3 else _date(rng, 1_500_000_000_000, 1_790_000_000_000),
        "MoreFields": _more_fields(rng),
        "Tags": _tags(rng),
    }
    _thin_out(rng, account)
    return account


def _more_fields(rng: random.Random) -> list[Record]:
    """Custom fields as Koban sends them: all values are texts."""
    fields = {
        "premium": rng.choice(("true", "false")),
        "signature": f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/{rng.randrange(2005, 2026)}",
        "encours": _comma_number(rng),
        "secteur": _messy(rng, _label(rng, rng.choice(_SECTORS))),
        "effectif": str(rng.randrange(1, 5000)),
        "surnom": _messy(rng, rng.choice(_NAMES)),
        "certification": rng.choice(("ISO 9001", "ISO 14001", "Qualibat")),
        "agence": f"Agence de {rng.choice(_CITIES)}",
    }
    found: list[Record] = []
    for name, value in fields.items():
        dice = rng.random()
        if dice > 0.05:
            found.append({"FieldId": name, "Value": None if dice < 0.15 else "" if dice < 0.25 else value})
    rng.shuffle(found)
    return found


def _tags(rng: random.Random) -> list[Record]:
    interests = rng.sample(_INTERESTS, rng.randrange(4))
    tags = [{"TagCategoryCode": "INTERET", "Label": _label(rng, label)} for label in interests]
    tags += [{"TagCategoryCode": code, "Label": label} for code, label in rng.sample(_OTHER_TAGS, 4 - len(tags))]
    rng.shuffle(tags)
    return tags


def _address(rng: random.Random) -> Record:
    address = {
        "Guid": _guid(rng),
        "Reference": "Siège",
        "Name": _messy(rng, f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}"),
        "Street": _messy(rng, f"{rng.randrange(1, 200)} {rng.choice(_STREETS)}"),
        "Compl": _messy(rng, f"Bâtiment {rng.choice('ABCD')}"),
        "ZipCode": f"{rng.randrange(1000, 99000):05d}",
        "City": _messy(rng, rng.choice(_CITIES)),
        "Country": _label(rng, rng.choice(_COUNTRIES)),
    }
    for name, share in (("Name", 0.3), ("Street", 0.1), ("Compl", 0.5), ("ZipCode", 0.1), ("Country", 0.4)):
        _lose(rng, address, name, share)
    return address


def _user(rng: random.Random) -> Record:
    first, last = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
    return {
        "Guid": _guid(rng),
        "FullName": f"{first} {last}",
        "Extcode": None,
        "EMail": f"user{rng.randrange(8)}@koban.example",
    }


#: Which share of a field is lost; the rest is there in 95 % of the records. A name is never lost.
_LOST = {
    **dict.fromkeys(("Extcode", "Status", "EMail", "Address", "AssignedTo", "MoreFields", "Tags", "DCreated"), _PLENTY),
    **dict.fromkeys(("Type", "Origin", "Phone", "Website", "OfficialNumber", "DUpdated", "Geo", "Obsolete"), _SOME),
    **dict.fromkeys(("Cell", "Fax", "Vat", "Comments", "InvoiceMail", "Title", "InvoiceAddress", "LastContact"), _FEW),
}


def _thin_out(rng: random.Random, account: Record) -> None:
    for name in list(account):
        if name not in ("Guid", "Label"):
            _lose(rng, account, name, _LOST.get(name, _PLENTY))


def _lose(rng: random.Random, record: Record, name: str, share: float) -> None:
    """Half of what is lost is null; the rest is not there, or of a text empty or blank."""
    if rng.random() >= share:
        return
    way = rng.choice(("null", "null", "absent", "empty"))
    if way == "absent":
        del record[name]
    elif way == "empty" and isinstance(record[name], str) and not record[name].startswith("/Date"):
        record[name] = rng.choice(("", "   "))
    else:
        record[name] = None


def _messy(rng: random.Random, text: str) -> str:
    """The text as people type it: some with blanks around it, some in decomposed Unicode."""
    if rng.random() < 0.1:
        text = f" {text}  "
    return unicodedata.normalize("NFD", text) if rng.random() < 0.1 else text


def _label(rng: random.Random, label: str) -> str:
    """A label of a list, now and then in capitals, as older versions of the vendor wrote them."""
    return label.upper() if rng.random() < 0.03 else label


def _phone(rng: random.Random) -> str:
    return f"0{rng.randrange(1, 10)} " + " ".join(f"{rng.randrange(100):02d}" for _ in range(4))


def _comma_number(rng: random.Random) -> str:
    whole = rng.randrange(100_000)
    text = f"{whole // 1000} {whole % 1000:03d}" if whole >= 1000 and rng.random() < 0.3 else str(whole)
    return f"{text},{rng.randrange(100):02d}"


def _date(rng: random.Random, first: int, last: int) -> str:
    return f"/Date({rng.randrange(first, last)})/"


def _guid(rng: random.Random) -> str:
    return f"{rng.getrandbits(96):024x}"
