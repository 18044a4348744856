"""Many requests at once leave one method and one default, and each has a clear response."""

import asyncio
from collections import Counter

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import if_match, store_bank_account, store_card
from tests.fixtures.signed_in import Portal
from tests.payment_methods.conftest import InGateway, MethodsOf

METHODS = "/v1/payment-methods"


async def test_fifty_requests_with_one_nonce_store_one_method(
    portal: Portal, sandbox: Sandbox, methods_of: MethodsOf, in_gateway: InGateway
) -> None:
    body = {"type": "card", "nonce": sandbox.card_nonce()}
    responses = await asyncio.gather(*(portal.post(METHODS, json=body) for _ in range(50)))
    assert Counter(response.status_code for response in responses) == {201: 1, 422: 49}
    pointers = {error["pointer"] for response in responses if response.is_error for error in response.json()["errors"]}
    assert pointers == {"/nonce"}
    rows = await methods_of(portal.account_id)
    assert Counter(row.status for row in rows) == {"active": 1, "refused": 49}
    assert await in_gateway(portal.account_id) == {row.token for row in rows if row.status == "active"}
    assert len((await portal.get(METHODS)).json()["data"]) == 1


async def test_twenty_changes_of_the_default_leave_one_over_cards_and_bank_accounts(
    portal: Portal, methods_of: MethodsOf
) -> None:
    methods = [await store_card(portal), await store_bank_account(portal), await store_card(portal)]
    responses = await asyncio.gather(
        *(
            portal.patch(f"{METHODS}/{methods[n % 3]['id']}", json={"default": True}, headers={"If-Match": "*"})
            for n in range(20)
        )
    )
    assert {response.status_code for response in responses} == {200}
    assert sum(row.is_default for row in await methods_of(portal.account_id)) == 1
    assert [one["default"] for one in (await portal.get(METHODS)).json()["data"]].count(True) == 1


async def test_a_default_that_is_removed_while_another_is_chosen_leaves_at_most_one(
    portal: Portal, methods_of: MethodsOf
) -> None:
    first, second = await store_card(portal), await store_card(portal)
    removed, chosen = await asyncio.gather(
        portal.delete(f"{METHODS}/{first['id']}", headers={"If-Match": "*"}),
        portal.patch(f"{METHODS}/{second['id']}", json={"default": True}, headers=if_match(second)),
    )
    assert (removed.status_code, chosen.status_code) == (200, 200)
    assert [str(row.id) for row in await methods_of(portal.account_id) if row.is_default] == [second["id"]]
