"""Every outcome of a call to the gateway, as services see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import structlog

from billing_api.db.errors import OutcomeUnknownError
from billing_api.errors import UnavailableError
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.failures import (
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
    GatewayUnfamiliarError,
)
from billing_api.gateway.methods import CardToVault, VaultedCard
from billing_api.gateway.steps import Done, InDoubt, NotDone, attempt, call_gateway, run_checks
from billing_api.kit.batches import FAILED, NOT_BELIEVED, NOT_TRIED
from braintree_sandbox.testing import Sandbox

Check = Callable[["Due"], Awaitable[str]]


@dataclass(frozen=True)
class Due:
    """An item whose check is due."""

    account_id: UUID
    id: UUID


@dataclass
class Undone:
    """Collects the errors after which changes were undone."""

    errors: list[GatewayError]

    async def __call__(self, error: GatewayError) -> None:
        self.errors.append(error)


@pytest.fixture
def undone() -> Undone:
    return Undone([])


def card_for(customer_id: str, sandbox: Sandbox) -> CardToVault:
    """Return a card to store, with a nonce of its own."""
    return CardToVault(customer_id=customer_id, token=str(uuid4()), nonce=sandbox.card_nonce())


async def test_an_outcome_is_done_not_done_or_in_doubt(
    gateway: BraintreeAdapter, unreachable: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    card = card_for(customer_id, sandbox)
    with_a_lost_response = card_for(customer_id, sandbox)
    sandbox.fault("drop", commit=True, match={"body": with_a_lost_response.token})
    done, lost = await attempt(gateway.vault_card(card)), await attempt(gateway.vault_card(with_a_lost_response))
    refused, unsent = await attempt(gateway.vault_card(card)), await attempt(unreachable.vault_card(card))
    assert isinstance(done, Done)
    assert isinstance(done.value, VaultedCard)
    assert isinstance(lost, InDoubt)
    assert isinstance(refused, NotDone)
    assert isinstance(refused.error, GatewayInvalidError)
    assert isinstance(unsent, NotDone)
    assert isinstance(unsent.error, GatewayUnavailableError)


async def test_a_call_that_did_nothing_is_undone_before_its_error_is_raised(
    unreachable: BraintreeAdapter, undone: Undone
) -> None:
    with pytest.raises(GatewayUnreachableError):
        await call_gateway(unreachable.delete_method("token"), undo=undone)
    assert [type(error) for error in undone.errors] == [GatewayUnavailableError]


class UndoneWithoutAResponse(Undone):
    """The response of the database to the first commit is lost."""

    async def __call__(self, error: GatewayError) -> None:
        await super().__call__(error)
        if len(self.errors) == 1:
            raise OutcomeUnknownError


async def test_after_a_lost_commit_it_is_undone_again(unreachable: BraintreeAdapter) -> None:
    undone = UndoneWithoutAResponse([])
    with pytest.raises(GatewayUnreachableError):
        await call_gateway(unreachable.delete_method("token"), undo=undone)
    assert len(undone.errors) == 2


async def test_after_a_lost_commit_it_is_not_undone_twice_where_that_would_count_twice(
    unreachable: BraintreeAdapter,
) -> None:
    undone = UndoneWithoutAResponse([])
    with pytest.raises(OutcomeUnknownError):
        await call_gateway(unreachable.delete_method("token"), undo=undone, undo_twice=False)
    assert len(undone.errors) == 1


async def test_a_lost_response_undoes_nothing(
    gateway: BraintreeAdapter, card: str, sandbox: Sandbox, undone: Undone
) -> None:
    sandbox.fault("drop", commit=True, match={"path": card, "method": "DELETE"})
    with pytest.raises(GatewayResponseLostError, match="it may be gone"):
        await call_gateway(gateway.delete_method(card), undo=undone, in_doubt="it may be gone.")
    assert undone.errors == []


async def test_the_result_of_a_lost_response_is_found(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    card = card_for(customer_id, sandbox)
    sandbox.fault("drop", commit=True, match={"body": card.token})
    found = await call_gateway(gateway.vault_card(card), find=lambda: gateway.find_method(card.token, customer_id))
    assert isinstance(found, VaultedCard)


async def test_an_absence_leaves_the_lost_response_in_doubt(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    card = card_for(customer_id, sandbox)
    sandbox.fault("drop", commit=True, match={"body": card.token})
    with pytest.raises(GatewayResponseLostError):
        await call_gateway(gateway.vault_card(card), find=lambda: gateway.find_method("another"))


async def test_a_refusal_has_an_error_of_its_own(gateway: BraintreeAdapter) -> None:
    with pytest.raises(UnavailableError, match="ensured"):
        await call_gateway(
            gateway.ensure_customer("not / allowed"), refusal=lambda error: UnavailableError("ensured: " + str(error))
        )


async def checked(check: Check, due: list[Due]) -> tuple[dict[str, int], list[UUID], list[str]]:
    """Return the counts, the ids that were postponed, and the levels of the log's lines."""
    postponed: list[UUID] = []

    async def postpone(account_id: UUID, item_id: UUID) -> None:
        postponed.append(item_id)

    with structlog.testing.capture_logs() as logs:
        counts = await run_checks(due, check, postpone, event="not_checked", key="item_id")
    logs = [line for line in logs if "item_id" in line]  # the watch over revoked tokens may log something of its own
    assert {line["event"] for line in logs} <= {"not_checked"}
    assert {line["item_id"] for line in logs} <= {str(item.id) for item in due}
    return dict(counts), postponed, [line["log_level"] for line in logs]


@pytest.mark.parametrize(
    ("error", "level"),
    [(GatewayUnavailableError("away"), "warning"), (GatewayOutcomeUnknownError(), "warning"), (KeyError(), "error")],
)
async def test_a_failed_check_is_logged_and_postponed(error: Exception, level: str) -> None:
    items = [Due(uuid4(), uuid4()) for _ in range(2)]

    async def check(item: Due) -> str:
        if item is items[0]:
            raise error
        return "checked"

    assert await checked(check, items) == ({"checked": 1, FAILED: 1}, [items[0].id], [level])


async def test_a_strange_gateway_ends_the_batch_and_postpones_nothing() -> None:
    async def check(item: Due) -> str:
        raise GatewayUnfamiliarError

    counts, postponed, levels = await checked(check, [Due(uuid4(), uuid4()) for _ in range(20)])
    assert counts[NOT_BELIEVED] >= 1
    assert counts[NOT_BELIEVED] + counts[NOT_TRIED] == 20
    assert postponed == []
    assert set(levels) == {"error"}


async def test_an_item_that_can_not_be_postponed_stays_due() -> None:
    async def check(item: Due) -> str:
        raise GatewayUnavailableError("away")

    async def postpone(account_id: UUID, item_id: UUID) -> None:
        raise UnavailableError("the database is away")

    counts = await run_checks([Due(uuid4(), uuid4())], check, postpone, event="not_checked", key="item_id")
    assert counts == {FAILED: 1}
