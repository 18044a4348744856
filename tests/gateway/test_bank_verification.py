"""How bank accounts are verified, by each of the three ways of the settings; sandbox/docs/outcomes.md has numbers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from braintree.us_bank_account import UsBankAccount

from billing_api.config import Settings
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.braintree.methods import method_of
from billing_api.gateway.failures import GatewayOutcomeUnknownError
from billing_api.gateway.methods import (
    TOO_MANY_TRIES,
    AmountsResult,
    BankVerification,
    BankVerificationStatus,
    VaultedBankAccount,
)
from billing_api.gateway_settings import AchVerification
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.gateway.conftest import bank_account

RIGHT, WRONG = (17, 29), (1, 2)


@asynccontextmanager
async def adapter_at(sandbox: Sandbox, way: AchVerification) -> AsyncIterator[BraintreeAdapter]:
    """Return the adapter of a vendor who has chosen this way."""
    adapter = BraintreeAdapter(Settings(gateway_port=sandbox.port, gateway_ach_verification=way))
    yield adapter
    await adapter.close()


@pytest.fixture
async def by_micro_transfers(sandbox: Sandbox) -> AsyncIterator[BraintreeAdapter]:
    """An adapter that has two small deposits sent."""
    async with adapter_at(sandbox, AchVerification.MICRO_TRANSFERS) as adapter:
        yield adapter


@pytest.fixture(scope="module")
def calendar() -> Iterator[Sandbox]:
    """A sandbox with a clock of its own."""
    with run_sandbox() as running:
        yield running


async def stored(adapter: BraintreeAdapter, nonce: str, customer_id: str) -> tuple[str, VaultedBankAccount]:
    """Store an account; return its token and the gateway's record of it."""
    account = bank_account(customer_id, nonce)
    response = await adapter.vault_bank_account(account)
    assert isinstance(response, VaultedBankAccount)
    assert await adapter.find_method(account.token) == response
    return account.token, response


async def verification_of(adapter: BraintreeAdapter, token: str) -> BankVerification:
    """The account's verification as it is now."""
    found = await adapter.find_method(token)
    assert isinstance(found, VaultedBankAccount)
    assert found.verification is not None
    assert found.verified is (found.verification.status is BankVerificationStatus.VERIFIED)
    return found.verification


async def test_an_account_keeps_its_mandate(gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox) -> None:
    wanted = bank_account(customer_id, sandbox.bank_nonce())
    response = await gateway.vault_bank_account(wanted)
    assert isinstance(response, VaultedBankAccount)
    assert (response.last4, response.account_type, response.bank_name) == ("0000", "checking", "JPMORGAN CHASE")
    mandate = sandbox.gateway().us_bank_account.find(wanted.token).ach_mandate
    assert (mandate.text, mandate.accepted_at.replace(tzinfo=UTC)) == (wanted.mandate_text, wanted.mandate_accepted_at)


async def test_a_fingerprint_is_of_the_bank_and_the_last_four(
    gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
) -> None:
    numbers = ("1000000000", "1000000000", "1000000001")
    accounts = [(await stored(gateway, sandbox.bank_nonce(number), customer_id))[1] for number in numbers]
    assert [one.fingerprint for one in accounts] == [
        "021000021-checking-0000",
        "021000021-checking-0000",
        "021000021-checking-0001",
    ]


@pytest.mark.parametrize(
    ("way", "number", "status", "wants_amounts", "code"),
    [
        ("network_check", "1000000000", "verified", False, None),
        ("network_check", "1000000001", "pending", False, None),
        ("network_check", "1000000002", "failed", False, "3000"),
        ("network_check", "1000000003", "failed", False, "2005"),
        ("network_check", "1000000004", "failed", False, "2046"),
        ("network_check", "1000000005", "failed", False, "2061"),
        ("network_check", "1000000006", "failed", False, "2092"),
        ("network_check", "1000000010", "failed", False, "2038"),
        ("independent_check", "1000000001", "verified", False, None),
        ("independent_check", "1000000004", "verified", False, None),
        ("micro_transfers", "1000000000", "pending", True, None),
        ("micro_transfers", "1000000001", "pending", True, None),
        ("micro_transfers", "1000000002", "failed", False, "3000"),
        ("micro_transfers", "1000000003", "failed", False, "2005"),
        ("micro_transfers", "1000000004", "pending", True, None),
    ],
)
async def test_each_way_has_its_first_status(
    sandbox: Sandbox, customer_id: str, way: str, number: str, status: str, wants_amounts: bool, code: str | None
) -> None:
    async with adapter_at(sandbox, AchVerification(way)) as adapter:
        _, account = await stored(adapter, sandbox.bank_nonce(number), customer_id)
    begun = account.verification
    assert begun is not None
    assert (begun.status, begun.wants_amounts) == (status, wants_amounts)
    assert (begun.decline.code if begun.decline else None) == code
    assert account.verified is (status == "verified")


class TestAmounts:
    async def test_right_amounts_in_any_order_verify_after_the_deposits_have_arrived(
        self, by_micro_transfers: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        for amounts in (RIGHT, RIGHT[::-1]):
            token, account = await stored(by_micro_transfers, sandbox.bank_nonce(), customer_id)
            assert account.verification is not None
            response = await by_micro_transfers.confirm_amounts(account.verification.id, amounts)
            assert response is AmountsResult.CONFIRMED
            now = await verification_of(by_micro_transfers, token)
            assert (now.status, now.wants_amounts) == (BankVerificationStatus.VERIFIED, False)

    async def test_right_amounts_are_taken_once(
        self, by_micro_transfers: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        """The gateway does not show that it has them: it is pending as before until the deposits have settled."""
        token, account = await stored(by_micro_transfers, sandbox.bank_nonce("1000000001"), customer_id)
        assert account.verification is not None
        confirm = by_micro_transfers.confirm_amounts
        assert await confirm(account.verification.id, RIGHT) is AmountsResult.CONFIRMED
        assert await verification_of(by_micro_transfers, token) == account.verification
        assert await confirm(account.verification.id, RIGHT) is AmountsResult.NOT_AWAITED

    async def test_the_fifth_wrong_amounts_end_the_verification(
        self, by_micro_transfers: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        token, account = await stored(by_micro_transfers, sandbox.bank_nonce(), customer_id)
        assert account.verification is not None
        said = [await by_micro_transfers.confirm_amounts(account.verification.id, WRONG) for _ in range(5)]
        assert said == [AmountsResult.WRONG] * 4 + [AmountsResult.TOO_MANY_TRIES]
        ended = await verification_of(by_micro_transfers, token)
        assert (ended.status, ended.wants_amounts, ended.decline) == (
            BankVerificationStatus.FAILED,
            False,
            TOO_MANY_TRIES,
        )
        assert await by_micro_transfers.confirm_amounts(ended.id, RIGHT) is AmountsResult.NOT_AWAITED

    async def test_other_verifications_take_no_amounts(
        self, gateway: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        _, account = await stored(gateway, sandbox.bank_nonce("1000000001"), customer_id)
        assert account.verification is not None
        assert await gateway.confirm_amounts(account.verification.id, RIGHT) is AmountsResult.NOT_AWAITED
        assert await gateway.confirm_amounts("nosuchverification", RIGHT) is AmountsResult.NOT_AWAITED

    async def test_a_lost_response_is_an_unknown_outcome(
        self, by_micro_transfers: BraintreeAdapter, customer_id: str, sandbox: Sandbox
    ) -> None:
        token, account = await stored(by_micro_transfers, sandbox.bank_nonce(), customer_id)
        assert account.verification is not None
        sandbox.fault("drop", commit=True, match={"path": account.verification.id})
        with pytest.raises(GatewayOutcomeUnknownError):
            await by_micro_transfers.confirm_amounts(account.verification.id, RIGHT)
        assert (await verification_of(by_micro_transfers, token)).status is BankVerificationStatus.VERIFIED


class TestDays:
    """Outcomes that come days later, and for which no webhook is sent."""

    async def test_a_network_responds_after_a_day(self, calendar: Sandbox) -> None:
        async with adapter_at(calendar, AchVerification.NETWORK_CHECK) as adapter:
            await adapter.ensure_customer("slow-network")
            token, _ = await stored(adapter, calendar.bank_nonce("1000000001"), "slow-network")
            calendar.advance(hours=23)
            assert (await verification_of(adapter, token)).status is BankVerificationStatus.PENDING
            calendar.advance(hours=1)
            assert (await verification_of(adapter, token)).status is BankVerificationStatus.VERIFIED

    async def test_deposits_settle_after_two_days(self, calendar: Sandbox) -> None:
        async with adapter_at(calendar, AchVerification.MICRO_TRANSFERS) as adapter:
            await adapter.ensure_customer("slow-deposits")
            token, account = await stored(adapter, calendar.bank_nonce("1000000001"), "slow-deposits")
            assert account.verification is not None
            await adapter.confirm_amounts(account.verification.id, RIGHT)
            calendar.advance(days=1)
            assert (await verification_of(adapter, token)).status is BankVerificationStatus.PENDING
            calendar.advance(days=1)
            assert (await verification_of(adapter, token)).status is BankVerificationStatus.VERIFIED

    async def test_a_newer_verification_counts(self, calendar: Sandbox) -> None:
        """The vendor has checked the account by other means, and has recorded that at the gateway."""
        async with adapter_at(calendar, AchVerification.MICRO_TRANSFERS) as adapter:
            await adapter.ensure_customer("vouched-for")
            token, account = await stored(adapter, calendar.bank_nonce(), "vouched-for")
            calendar.advance(minutes=1)
            calendar.gateway().payment_method.update(
                token, {"options": {"us_bank_account_verification_method": "independent_check"}}
            )
            now = await verification_of(adapter, token)
            assert account.verification is not None
            assert now.id != account.verification.id
            assert now.status is BankVerificationStatus.VERIFIED


def test_an_unknown_status_is_no_failure() -> None:
    """The SDK calls it unrecognized. A failure would cost the customer the account."""
    verification = {
        "id": "v",
        "created_at": datetime(2026, 11, 2, tzinfo=UTC),
        "status": "unrecognized",
        "verification_method": "network_check",
    }
    account = UsBankAccount(None, {"last_4": "0000", "routing_number": "021000021", "verifications": [verification]})
    found = method_of(account)
    assert isinstance(found, VaultedBankAccount)
    assert found.verification == BankVerification(
        id="v", status=BankVerificationStatus.PENDING, wants_amounts=False, decline=None
    )
