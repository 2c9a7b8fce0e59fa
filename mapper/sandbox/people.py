"""Plausible companies and persons, the same for the same seed: data for the demo, the tests and the benchmarks.

A company is a flat dict. Always there: `name street zip city country status`. There or not: `siret vat email phone
website sector interests notes newsletter premium signed staff`; a key that is missing was never filled in.
A person has `first_name last_name gender`, mostly `email phone mobile function notes optin language`, and `company`:
the index of the employer. Nobody real is meant: domains end in `.example`, and French landlines are those kept for
fiction.
Each record depends on its index and the seed only, so a longer list begins with the shorter one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..records import fold

SECTORS = ("Bâtiment", "Énergie", "Santé", "Logiciels", "Commerce", "Industrie")
INTERESTS = ("Cuisine", "Bricolage", "Poterie", "Jardinage", "Énergie", "Logiciel", "Musique", "Randonnée")
STATUSES = ("prospect", "client")

#: property -> how often it is filled in, and with what
_Optional = dict[str, tuple[float, Callable[[], Any]]]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_TRADES = {
    "FR": _words(
        "Menuiserie|Boulangerie|Plomberie|Imprimerie|Serrurerie|Pâtisserie|Librairie|Scierie|Fonderie|Brasserie|"
        "Maçonnerie|Ébénisterie|Épicerie|Métallerie|Poterie|Électricité|Couverture|Carrosserie|Horlogerie|Tannerie"
    ),
    "SE": _words(
        "Bygg|Måleri|Snickeri|Bageri|Elektriska|Trädgård|Verkstad|Bryggeri|Rör|Möbler|Tryckeri|Fönster|Glas|Plåt|Golv|"
        "Fastigheter|Åkeri|Järn|Lås|Teknik"
    ),
    "BE": _words(
        "Menuiserie|Brouwerij|Bakkerij|Imprimerie|Drukkerij|Garage|Schrijnwerkerij|Chocolaterie|Slagerij|Toiture|"
        "Loodgieterij|Brasserie|Papeterie|Meubelmakerij|Serres|Tuinbouw|Carrelage|Verlichting|Atelier|Logistiek"
    ),
}
_FAMILIES = {
    "FR": _words(
        "Lefèvre|Dupré|Béranger|Gérard|Noël|Lemaître|Bénard|Chéreau|Hébert|Rivière|Marchand|Faucon|Delacroix|Tessier|"
        "Aubry|Guérin|Perrault|Châtelain|Morvan|Le Goff|Vasseur|Bonnaud|Cordier|Jégou|Pelletier|Roussel|Sénéchal|Valois"
    ),
    "SE": _words(
        "Åkesson|Öberg|Lindström|Sjögren|Nyström|Bergqvist|Håkansson|Ekström|Lövgren|Norén|Malmström|Wallén|Björklund|"
        "Österlund|Hägglund|Sundström|Forsén|Åström|Engström|Dahlén|Holmgren|Rosén|Strömberg|Vikström|Ahlgren|Fält"
    ),
    "BE": _words(
        "Peeters|Janssens|Maes|Willems|Claes|Wouters|Dubois|Lambert|Servais|Lejeune|Simonis|Gérard|Colette|Thiry|"
        "Mertens|De Smet|Van Damme|Verhoeven|Cools|Michiels|Noël|Renard|Jacquet|Baert|Goossens|Hermans"
    ),
}
_FORMS = {
    "FR": ("{t} {f}", "{t} {f} & Fils", "{t} {f} SARL", "Établissements {f} {t}", "{t} {f} Frères", "Groupe {f} {t}"),
    "SE": ("{f} {t} AB", "{t} {f} AB", "{f} & Söner {t} AB", "{f}s {t} HB", "{t}gruppen {f} AB", "{f} Nordiska {t} AB"),
    "BE": ("{t} {f} SA", "{t} {f} BV", "{f} {t} SRL", "{t} {f} & Zonen", "Maison {f} {t}", "{t} {f} Frères SA"),
}
_PLACES = {
    "FR": _words(
        "75011 Paris|69003 Lyon|13006 Marseille|44000 Nantes|33000 Bordeaux|59800 Lille|35000 Rennes|67000 Strasbourg|"
        "38000 Grenoble|42000 Saint-Étienne|29200 Brest|21000 Dijon|25000 Besançon|06000 Nice"
    ),
    "SE": _words("111 22 Stockholm|411 05 Göteborg|211 20 Malmö|753 20 Uppsala|582 24 Linköping|972 33 Luleå"),
    "BE": _words("1000 Bruxelles|2000 Antwerpen|4000 Liège|9000 Gent|5000 Namur|8000 Brugge"),
}
_STREETS = {
    "FR": _words("rue de la République|avenue Jean Jaurès|rue des Écoles|quai de la Pêcherie|allée des Tilleuls"),
    "SE": _words("Storgatan|Kungsgatan|Björkvägen|Östra Hamngatan|Skolgatan|Ängsvägen"),
    "BE": _words("rue Neuve|Kerkstraat|chaussée de Liège|Stationsstraat|rue de l'Église|Molenstraat"),
}
_GIVEN = {
    "FR": {
        "F": _words("Hélène|Chloé|Zoé|Inès|Marie|Élodie|Anaïs|Camille"),
        "M": _words("Rémi|Léo|Hervé|Jérôme|François|Noé|Benoît|Gaël"),
    },
    "SE": {
        "F": _words("Åsa|Märta|Elin|Sofia|Linnéa|Kerstin|Ebba|Maja"),
        "M": _words("Björn|Göran|Åke|Lars|Jörgen|Nils|Håkan|Erik"),
    },
    "BE": {
        "F": _words("Noémie|Griet|Aurélie|Lieve|Mieke|Céline|Anke|Margaux"),
        "M": _words("Wout|Benoît|Jef|Loïc|Pieter|Cédric|Koen|Raphaël"),
    },
}
_LANGUAGES = {"FR": ("fr",), "SE": ("sv",), "BE": ("fr", "nl")}
_FUNCTIONS = _words(
    "Direction générale|Achats|Comptabilité|Responsable d'exploitation|Ventes|Secrétariat|Qualité|Chef d'équipe"
)
_NOTES = (
    "Rappeler après les congés d'été.",
    "Intéressé par l'offre « Réseau » ; décision en septembre.",
    "Ring först på förmiddagen.",
    "Déjà client de la maison mère.\nDemande un devis par écrit.",
    "Prix < 5 000 € & délai court.",
)


def companies(count: int, seed: int = 7, *, flaws: int = 0) -> Iterator[dict[str, Any]]:
    """`count` companies, unique by name, SIRET, VAT number, e-mail and website, except for `flaws` bad ones.

    The bad ones are spread over the list and marked nowhere: a SIRET whose check digit is wrong, a phone that was cut
    short, an e-mail without @, the SIRET of an earlier company.
    """
    spots = {(k * count + count // 2) // flaws: k for k in range(flaws)} if flaws else {}
    last_siret = ""
    for index in range(count):
        record = _company(index, seed, country="FR" if index in spots else None)
        if index in spots:
            yield _flawed(record, spots[index] % 4, last_siret)
            continue
        last_siret = record.get("siret", last_siret)
        yield record


def persons(count: int, companies: Sequence[Mapping[str, Any]], seed: int = 7) -> Iterator[dict[str, Any]]:
    """`count` persons with unique e-mails; about one in twelve works for none of `companies`."""
    taken: set[str] = set()
    for index in range(count):
        yield _person(index, seed, companies, taken)


def _company(index: int, seed: int, country: str | None) -> dict[str, Any]:
    rng = random.Random(f"{seed}/company/{index}")
    forced, country = country, country or rng.choices(("FR", "SE", "BE"), (75, 15, 10))[0]
    name = _name(index, seed, country)
    postcode, city = _place(rng, country)
    domain = f"{_slug(name)}-{index:03d}.example"
    record: dict[str, Any] = {"name": name, "status": rng.choices(STATUSES, (60, 40))[0]}
    record |= {"street": _street(rng, country), "zip": postcode, "city": city, "country": country}
    siren = _with_luhn(f"{10_000_000 + _shuffled(index, seed, 80_000_000)}")
    if forced or (country == "FR" and rng.random() < 0.93):
        record["siret"] = _with_luhn(f"{siren}{rng.randrange(1, 30):04d}")
    optional: _Optional = {
        "vat": (0.90, lambda: _vat(siren, country, index, seed)),
        "email": (0.93, lambda: f"contact@{domain}"),
        "phone": (0.88, lambda: _landline(index, seed, country)),
        "website": (0.75, lambda: f"https://www.{domain}"),
        "sector": (0.85, lambda: rng.choice(SECTORS)),
        "interests": (0.65, lambda: sorted(rng.sample(INTERESTS, rng.randrange(1, 4)))),
        "notes": (0.50, lambda: rng.choice(_NOTES)),
        "newsletter": (0.95, lambda: rng.random() < 0.4),
        "premium": (0.70, lambda: rng.random() < 0.2),
        "signed": (0.50, lambda: f"20{rng.randrange(15, 25)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"),
        "staff": (0.60, lambda: rng.randrange(1, 400)),
    }
    return record | _some(optional, rng)


def _flawed(record: dict[str, Any], kind: int, earlier: str) -> dict[str, Any]:
    if kind == 0 or (kind == 3 and not earlier):
        record["siret"] = record["siret"][:-1] + str((int(record["siret"][-1]) + 1) % 10)
    elif kind == 1:
        record["phone"] = "06 12"
    elif kind == 2:
        record["email"] = f"contact.{_slug(record['name'])}.example"
    else:
        record["siret"] = earlier
        record.pop("vat", None)
    return record


def _person(index: int, seed: int, employers: Sequence[Mapping[str, Any]], taken: set[str]) -> dict[str, Any]:
    rng = random.Random(f"{seed}/person/{index}")
    at = rng.randrange(len(employers)) if employers and rng.random() < 0.92 else None
    employer = employers[at] if at is not None else {}
    country = employer.get("country", "FR")
    gender = rng.choice("FM")
    first = rng.choice(_GIVEN[country][gender])
    last = rng.choice(_FAMILIES[country])
    # The index keeps two persons of the same name apart where they have neither employer nor e-mail in common.
    site = str(employer.get("email", f"@courrier-{index:03d}.example")).rpartition("@")[2]
    local = f"{_slug(first)}.{_slug(last)}"
    email = f"{local}@{site}" if f"{local}@{site}" not in taken else f"{local}.{index}@{site}"
    taken.add(email)
    record: dict[str, Any] = {"first_name": first, "last_name": last, "gender": gender}
    optional: _Optional = {
        "email": (0.95, lambda: email),
        "phone": (0.60, lambda: _landline(index + 25_000, seed, country)),
        "mobile": (0.80, lambda: _mobile(index, seed, country)),
        "function": (0.80, lambda: rng.choice(_FUNCTIONS)),
        "notes": (0.50, lambda: rng.choice(_NOTES)),
        "optin": (0.90, lambda: rng.random() < 0.5),
        "language": (0.70, lambda: rng.choice(_LANGUAGES[country])),
    }
    record |= _some(optional, rng)
    return record if at is None else record | {"company": at}


def _some(optional: _Optional, rng: random.Random) -> dict[str, Any]:
    return {key: make() for key, (share, make) in optional.items() if rng.random() < share}


def _name(index: int, seed: int, country: str) -> str:
    trades, families, forms = _TRADES[country], _FAMILIES[country], _FORMS[country]
    size = len(trades) * len(families) * len(forms)
    rest, family = divmod(_shuffled(index, seed, size), len(families))
    form, trade = divmod(rest, len(trades))
    name = forms[form].format(t=trades[trade], f=families[family])
    again = index // size
    cities = [place.rsplit(" ", 1)[1] for place in _PLACES[country]]
    if again > len(cities):
        return f"{name} {again}"
    return f"{name} {cities[again - 1]}" if again else name


def _place(rng: random.Random, country: str) -> tuple[str, str]:
    code, city = rng.choice(_PLACES[country]).rsplit(" ", 1)
    return code, city


def _street(rng: random.Random, country: str) -> str:
    street, number = rng.choice(_STREETS[country]), rng.randrange(1, 190)
    return f"{number} {street}" if country == "FR" else f"{street} {number}"


def _shuffled(index: int, seed: int, size: int) -> int:
    """A place in 0..size-1 that no other index below `size` gets."""
    step = size * 618 // 1000 | 1
    while math.gcd(step, size) != 1:
        step += 2
    return (index * step + seed * 7919) % size


def _with_luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * 2, 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def _vat(siren: str, country: str, index: int, seed: int) -> str:
    if country == "FR":
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
    if country == "BE":
        number = 2_000_000 + _shuffled(index, seed, 7_000_000)
        return f"BE0{number:07d}{97 - number % 97:02d}"
    return f"SE{_with_luhn(f'5{siren[:8]}')}01"


def _landline(index: int, seed: int, country: str) -> str:
    place = _shuffled(index, seed, 50_000)
    area, tail = ("0199 00", "0261 91", "0353 01", "0465 71", "0536 49")[place // 10_000], place % 10_000
    if country == "SE":
        return f"+46 8 465 {place // 100:03d} {place % 100:02d}"
    if country == "BE":
        return f"+32 2 {place // 10_000 + 551} {tail // 100:02d} {tail % 100:02d}"
    return f"{area[:2]} {area[2:]} {tail // 100:02d} {tail % 100:02d}"


def _mobile(index: int, seed: int, country: str) -> str:
    place = _shuffled(index, seed, 50_000)
    tail = place % 10_000
    if country == "SE":
        return f"+46 70 17{place // 10_000} {tail // 100:02d} {tail % 100:02d}"
    if country == "BE":
        return f"+32 47{place // 10_000} {place % 100:02d} {tail // 100:02d} {index // 50_000:02d}"
    return f"06 {34 + place // 10_000} 98 {tail // 100:02d} {tail % 100:02d}"


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in fold(text)).strip("-").replace("---", "-")
