"""The demo account's addresses: public buildings in twelve countries."""

from billing_api.addresses.schemas import AddressCreate

_FIELDS = ("country", "label", "recipient", "line1", "city", "region", "postal_code", "phone")
_ADDRESSES = """
US | Bakery | Sunny Side Bakery Ltd | 1600 Amphitheatre Parkway | Mountain View | CA | 94043 | +1 650 253 0000
CA | Ottawa | Sunny Side Canada Inc | 111 Wellington Street | Ottawa | ON | K1A 0A9 | +1 613 992 4211
GB | London | Sunny Side Bakery (UK) Ltd | 10 Downing Street | London | | SW1A 2AA | +44 20 7925 0918
DE | Zentrallager | Sonnenseite Großhandelsgesellschaft für Back- und Konditoreibedarf mbH | Platz der Republik 1 | Berlin | | 11011 | +49 30 2270
FR | Boulangerie | Côté Soleil SARL, à l’attention de Mme Élodie Lefèvre | 55 rue du Faubourg Saint-Honoré | Paris | | 75008 | +33 1 42 92 81 00
JP | 東京店 | サニーサイド製パン株式会社 山田花子様 | 千代田1-1 | 千代田区 | 東京都 | 100-0001 | +81 3 3213 1111
KR | 서울 | 서니사이드 베이커리 주식회사 | 청와대로 1 | 종로구 | 서울특별시 | 03048 |
AE | دبي | مخبز الجانب المشمس ذ.م.م | شارع الشيخ زايد | دبي | دبي | |
GR | Αθήνα | Αρτοποιείο Ηλιόλουστη Πλευρά Α.Ε. | Πλατεία Συντάγματος | Αθήνα | | 100 21 |
IL | ירושלים | מאפיית הצד השטוף שמש | קריית בן-גוריון | ירושלים | | 9195016 |
BR | São Paulo | Padaria Lado Ensolarado Ltda. | Viaduto do Chá 15 | São Paulo | SP | 01002-020 |
AU | Canberra | Sunny Side Bakery Pty Ltd | Parliament Drive | Canberra | ACT | 2600 | +61 2 6277 7111
"""  # noqa: E501


def demo_addresses() -> list[AddressCreate]:
    """Return the addresses; the first is the default for billing, the fourth for shipping."""
    rows = [
        dict(zip(_FIELDS, map(str.strip, line.split("|")), strict=False)) for line in _ADDRESSES.split("\n") if line
    ]
    given = [{name: value for name, value in row.items() if value} for row in rows]
    given[3]["line2"] = "Tor 7, Rampe Süd – Anlieferung nur werktags zwischen 6 und 14 Uhr"
    return [AddressCreate(**address, default_shipping=place == 3) for place, address in enumerate(given)]
