"""Addresses of public buildings, as people write them: a country, then line, city, region and postal code.

Where the response has another form than what was sent, that form follows an arrow.
"""

from dataclasses import dataclass

_BUILDINGS = """
AE | Zayed the First Street | Abu Dhabi | Abu Dhabi | 00000
AE | شارع الشيخ زايد | دبي | دبي |
AR | Balcarce 50 | Buenos Aires | Ciudad Autónoma de Buenos Aires | c1064aab → C1064AAB
AT | Ballhausplatz 2 | Wien | Wien | A-1010 → 1010
AU | Parliament Drive | Canberra | Australian Capital Territory → ACT | 2600
AU | Macquarie Street 6 | Sydney | nsw → NSW | 2000
BD | Sher-e-Bangla Nagar | Dhaka | Dhaka Division | 1207
BE | Rue de la Loi 16 | Bruxelles | Bruxelles-Capitale | B-1000 → 1000
BG | пл. Народно събрание 2 | София | София-град | 1169
BR | Praça dos Três Poderes | Brasília | Distrito Federal → DF | 70175900 → 70175-900
BR | Rua Visconde de Sepetiba 987 | Niteroi | rio de janeiro → RJ | 24020-206
BR | Viaduto do Chá 15 | Sao Paulo | Estado de Sao Paulo → SP | 01002 020 → 01002-020
CA | 111 Wellington Street | Ottawa | CA-ON → ON | k1a0a9 → K1A 0A9
CA | 1045 rue des Parlementaires | Québec | Quebec → QC | G1A 1A3
CH | Bundesplatz 3 | Bern | BE | CH-3005 → 3005
CL | Moneda s/n | Santiago | Región Metropolitana | 8340454
CN | 景山前街4号 | 东城区 | 北京市 | 100009
CN | 4 Jingshan Front Street | Dongcheng | CN-BJ | 100009
CO | Carrera 8 No. 7-26 | Bogota | Bogotá, D.C. | 111711
CR | Avenida Segunda | San José | San José | 10101
CZ | Hrad, I. nádvoří 1 | Praha 1 | Hlavní město Praha | 11908 → 119 08
DE | Platz der Republik 1 | Berlin | BE | D-11011 → 11011
DK | Christiansborg Slotsplads 1 | København K | Hovedstaden | 1218
EG | ميدان التحرير | القاهرة | القاهرة | 11511
ES | Plaça de Sant Jaume 4 | Barcelona | Cataluña | 08002
ES | Calle de Floridablanca s/n | Madrid | Madrid | 28071
FI | Mannerheimintie 30 | Helsinki | Uusimaa | FI-00100 → 00100
FR | 55 rue du Faubourg Saint-Honoré | Paris | Île-de-France | 75008
GB | 10 Downing Street | London | Greater London | sw1a 2aa → SW1A 2AA
GB | Holyrood | Edinburgh | | EH99 1SP
GH | Castle Road, Ridge | Accra | Greater Accra | GA-183-8164
GR | Πλατεία Συντάγματος | Αθήνα | Αττική | 10021 → 100 21
HK | 1 Legislative Council Road | Central | Hong Kong Island | 999077
HK | 2 Kiu Lok Square | Yuen Long | New Territories |
HK | 立法會道1號 | 中西區 | 香港島 |
HR | Trg svetog Marka 6 | Zagreb | Grad Zagreb | HR-10000 → 10000
HU | Kossuth Lajos tér 1-3 | Budapest | | 1055
ID | Jalan Medan Merdeka Utara | Jakarta Pusat | DKI Jakarta | 10110
IE | Kildare Street | Dublin | County Dublin | d02xr20 → D02 XR20
IL | Kiryat Ben-Gurion | Jerusalem | Jerusalem District | 9195016
IL | קריית בן-גוריון | ירושלים | מחוז ירושלים | 9195016
IN | Rashtrapati Bhavan | New Delhi | Delhi | 110 004 → 110004
IN | Mantralaya, Madam Cama Road | Mumbai | MH | 400032
IS | Kirkjustræti 1 | Reykjavík | Höfuðborgarsvæðið | 101
IT | Piazza del Quirinale | Roma | Roma → RM | I-00187 → 00187
IT | Piazza della Scala 2 | Milano | provincia di milano → MI | 20121
JM | 1 Devon Road | Kingston | St. Andrew |
JP | 千代田1-1 | 千代田区 | 東京都 | 〒100-0001 → 100-0001
JP | 1-1 Osakajo, Chuo-ku | Osaka | Osaka | 5400002 → 540-0002
JP | 1-7-1 Nagatacho | Chiyoda-ku | JP-13 | 100-0014
KE | Harambee Avenue | Nairobi | Nairobi County | 00100
KR | 청와대로 1 | 종로구 | 서울특별시 | 03048
KR | 29 Jeonggak-ro | Incheon | Incheon | 21554
KR | 1 Doyuk-ro | Suwon | Gyeonggi | 16508
KZ | проспект Мангилик Ел 6 | Астана | Астана | 010000
LU | 33 boulevard F. D. Roosevelt | Luxembourg | | L-2450 → 2450
LV | Jēkaba iela 11 | Rīga | Rīga | 1811 → LV-1811
MT | Castille Place | Valletta | | vlt1000 → VLT 1000
MX | Plaza de la Constitución 2 | Ciudad de México | CDMX | 06068
MX | Avenida Ramón Corona 31 | Guadalajara | Jalisco | 44100
MY | Jalan Parlimen | Kuala Lumpur | Wilayah Persekutuan | 50680
NG | Three Arms Zone | Abuja | Federal Capital Territory | 900231
NL | Binnenhof 20 | Den Haag | Zuid-Holland | 2513aa → 2513 AA
NO | Karl Johans gate 22 | Oslo | Oslo | 0026
NZ | Molesworth Street | Wellington | Wellington Region | 6160
PE | Jirón de la Unión s/n | Lima | Lima | lima 1 → LIMA 1
PH | J. P. Laurel Street, San Miguel | Manila | Metro Manila | 1005
PK | Constitution Avenue | Islamabad | Islamabad Capital Territory | 44000
PL | ul. Wiejska 4/6/8 | Warszawa | mazowieckie | 00902 → 00-902
PT | Palácio de São Bento | Lisboa | Lisboa | 1249068 → 1249-068
QA | Al Corniche Street | Doha | Ad Dawhah | 974
RO | Strada Izvor 2-4 | București | București | 050563
RS | Trg Nikole Pašića 13 | Beograd | Beograd | 11000
RU | Красная площадь 1 | Москва | Москва | 109012
RU | Dvortsovaya naberezhnaya 34 | St Petersburg | Saint Petersburg | 190000
SA | King Fahd Road | Riyadh | Riyadh Province | 12271
SE | Riksgatan 1 | Stockholm | Stockholms län | SE-100 12 → 10012
SG | 1 Parliament Place | Singapore | Central Region | 178880
SI | Šubičeva ulica 4 | Ljubljana | | SI-1000 → 1000
SK | Hodžovo námestie 1 | Bratislava | Bratislavský kraj | 81106 → 811 06
TH | ถนนหน้าพระลาน | พระนคร | กรุงเทพมหานคร | 10200
TH | Na Phra Lan Road | Phra Nakhon | Bangkok | 10200
TR | Cumhuriyet Caddesi 2 | Çankaya | Ankara | 06543
TW | 重慶南路一段122號 | 中正區 | 台北市 | 100006
TW | No. 122, Sec. 1, Chongqing S. Rd. | Zhongzheng Dist. | Taipei | 100006
UA | вул. Банкова 11 | Київ | м. Київ | 01220
US | 1600 Pennsylvania Avenue NW | Washington | District of Columbia → DC | 205000001 → 20500-0001
US | Capitol Complex | Majuro | MH | 96960
US | State Capitol | Albany | State of New York → NY | 12224
UY | Plaza Independencia 710 | Montevideo | Montevideo | 11000
VE | Avenida Urdaneta | Caracas | Distrito Capital | 1010
VN | 1 Hùng Vương | Ba Đình | Hà Nội | 11100
ZA | Government Avenue | Pretoria | Gauteng | 0002
ZW | Jason Moyo Avenue | Harare | Harare Province | 00263
"""


@dataclass(frozen=True)
class Building:
    """What is sent of an address, and what comes back."""

    sent: dict[str, str | None]
    kept: dict[str, str | None]


def _building(line: str) -> Building:
    names = ("country", "line1", "city", "region", "postal_code")
    parts = [part.strip() for part in line.split("|")]
    pairs = {name: part.split(" → ") for name, part in zip(names, parts, strict=True)}
    return Building(
        sent={name: pair[0] or None for name, pair in pairs.items()},
        kept={name: pair[-1] or None for name, pair in pairs.items()},
    )


BUILDINGS = [_building(line) for line in _BUILDINGS.strip().splitlines()]
