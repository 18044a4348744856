"""Card numbers where a client may put them by mistake: refused or taken out, never repeated, never stored."""

from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from structlog.typing import EventDict

from billing_api.kit.card_numbers import holds_card_number
from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.payments import MANDATE, if_match
from tests.fixtures.signed_in import Portal
from tests.http.problem import pointers, problem, without_ids

CARD = "4012 8888 8888 1881"
DIGITS = CARD.replace(" ", "")
METHODS = "/v1/payment-methods"
NONCE = "fake-valid-nonce"


def refused(response: httpx.Response, pointer: str) -> None:
    """Return whether the error names the field and the remedy, and does not repeat the number."""
    body = problem(response, 422, "validation_failed")
    assert pointers(body) == [pointer]
    [field] = body["errors"]
    assert field["code"] == "card_number"
    assert "leave it out" in field["detail"]
    assert "1881" not in without_ids(response.text)


class TestTexts:
    """Texts that users write are searched."""

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("label", f"my card: {CARD}"),
            ("recipient", CARD),
            ("line1", f"{CARD} Main Street"),
            ("line2", CARD.replace(" ", "-")),
            ("city", CARD),
            ("region", CARD),
            ("postal_code", DIGITS),
            ("phone", DIGITS),
        ],
    )
    async def test_address(self, portal: Portal, field: str, text: str) -> None:
        """Each field of a new address, and of a change."""
        refused(await portal.post(ADDRESSES, json=new_address() | {field: text}), f"/{field}")
        made = (await portal.post(ADDRESSES, json=new_address())).json()
        change = await portal.patch(f"{ADDRESSES}/{made['id']}", json={field: text}, headers=if_match(made))
        refused(change, f"/{field}")

    @pytest.mark.parametrize("field", ["company_name", "contact_name", "phone"])
    async def test_profile(self, portal: Portal, field: str) -> None:
        """Each field that people write."""
        profile = (await portal.get("/v1/profile")).json()
        refused(await portal.patch("/v1/profile", json={field: CARD}, headers=if_match(profile)), f"/{field}")

    async def test_mandate(self, portal: Portal) -> None:
        """The text that a portal shows."""
        mandate = MANDATE | {"text": f"I authorize Example Vendor to debit my account,\nor my card {CARD}."}
        body = {"type": "us_bank_account", "nonce": NONCE, "mandate": mandate}
        response = await portal.post(METHODS, json=body)
        assert "1881" not in without_ids(response.text)
        assert problem(response, 422, "validation_failed")["errors"][0]["pointer"].endswith("/mandate/text")

    async def test_nonce(self, portal: Portal) -> None:
        """Digits alone are no nonce, and a letter beside them makes none of them."""
        for nonce in (DIGITS, f"cc{DIGITS}", f"card_{CARD.replace(' ', '-')}"):
            response = await portal.post(METHODS, json={"type": "card", "nonce": nonce})
            problem(response, 422, "validation_failed")
            assert "1881" not in without_ids(response.text)

    async def test_a_telephone_number_is_none(self, portal: Portal) -> None:
        """Thirteen digits that begin with 49 and pass the check of a Visa card's number."""
        phone = "+4915123456787"
        assert holds_card_number(phone[1:])
        response = await portal.post(ADDRESSES, json=new_address() | {"phone": phone})
        assert (response.status_code, response.json()["phone"]) == (201, phone)


class TestOtherPlaces:
    """Places that only programs fill."""

    @pytest.mark.parametrize(
        "body",
        [
            {"type": "card", "nonce": NONCE, "number": DIGITS},
            {"type": "card", "nonce": {"number": DIGITS}},
            {"type": "card", "nonce": [DIGITS]},
            {"type": "card", "nonce": int(DIGITS)},
            {"type": DIGITS, "nonce": NONCE},
            {"type": "card", "nonce": NONCE, DIGITS: True},
            {"type": "card", "nonce": NONCE, "default": DIGITS},
            {"type": "us_bank_account", "nonce": NONCE, "mandate": DIGITS},
            [DIGITS],
            DIGITS,
        ],
        ids=repr,
    )
    async def test_body(self, portal: Portal, body: Any) -> None:
        """As a field's name, as its value, in a field of another type."""
        response = await portal.post(METHODS, json=body)
        problem(response, 422, "validation_failed")
        assert DIGITS not in response.text

    @pytest.mark.parametrize("path", [f"{METHODS}/{DIGITS}", f"/v1/{DIGITS}", f"{METHODS}/{CARD}/verification"])
    async def test_path(self, portal: Portal, path: str) -> None:
        """The problem's `instance` is the path without it."""
        response = await portal.get(path)
        assert response.status_code in {404, 405, 422}
        assert "1881" not in without_ids(response.text)
        assert "[card number]" in unquote(response.json()["instance"])

    @pytest.mark.parametrize("query", [f"number={DIGITS}", f"{DIGITS}=1", f"type={DIGITS}", f"limit={DIGITS}"])
    async def test_query(self, portal: Portal, query: str, logged: list[EventDict]) -> None:
        """Queries are not logged at all."""
        response = await portal.get(f"{METHODS}?{query}")
        assert response.status_code == 422
        assert "1881" not in without_ids(response.text)
        assert "1881" not in without_ids(str(logged))

    async def test_idempotency_key(self, portal: Portal) -> None:
        """It would be stored: another is wanted, and nothing is done."""
        headers = {"Idempotency-Key": f"order of {CARD} today"}
        response = await portal.post(ADDRESSES, json=new_address(), headers=headers)
        problem(response, 400, "bad_idempotency_key")
        assert "1881" not in without_ids(response.text)
        assert (await portal.get(ADDRESSES)).json()["data"] == []

    async def test_request_id(self, portal: Portal, logged: list[EventDict]) -> None:
        """It would be logged and stored: ours takes its place, and the response says so."""
        response = await portal.get(ADDRESSES, headers={"X-Request-Id": DIGITS})
        assert response.status_code == 200
        assert DIGITS not in response.headers["X-Request-Id"]
        assert DIGITS not in str(logged)
