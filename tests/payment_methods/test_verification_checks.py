"""No webhook reports the end of a verification, so waiting accounts are checked; these tests move a sandbox's clock."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.gateway_settings import AchVerification
from billing_api.payment_methods.create_schemas import BankAccountCreate
from billing_api.payment_methods.schemas import PaymentMethodRead, VerificationRead
from billing_api.payment_methods.verification_errors import VerificationNotAwaitedError
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.factories.clock import MovableClock
from tests.factories.payments import MANDATE
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.payment_methods.conftest import EventsOf

SLOW = "1000000001"


@dataclass(frozen=True)
class Vendor:
    """A vendor's services with one customer, and a clock that moves here and at the gateway alike."""

    services: Services
    clock: MovableClock
    sandbox: Sandbox
    sql: Sql
    account_id: UUID

    async def add(self) -> PaymentMethodRead:
        """Store a bank account, the customer's default, that takes days to be verified."""
        new = {"type": "us_bank_account", "nonce": self.sandbox.bank_nonce(SLOW), "mandate": MANDATE}
        stored, _ = await self.services.store_method.store(self.account_id, BankAccountCreate.model_validate(new))
        return stored

    async def confirm(self, method: PaymentMethodRead) -> None:
        """Send the right amounts, as its owner does."""
        await self.services.verify_method.verify(self.account_id, method.id, (17, 29))

    async def lock(self, method: PaymentMethodRead) -> None:
        """End its verification at the gateway without a request of ours."""
        verification_id = await self.sql.fetchval(
            "SELECT verification_id FROM payment_methods WHERE id = $1", method.id
        )
        for _ in range(5):
            self.sandbox.gateway().us_bank_account_verification.confirm_micro_transfer_amounts(verification_id, [1, 2])

    async def verify_anew(self, method: PaymentMethodRead, way: str) -> None:
        """Begin another verification at the gateway, as a vendor can."""
        token = await self.token_of(method)
        options = {"us_bank_account_verification_method": way}
        assert self.sandbox.gateway().payment_method.update(token, {"options": options}).is_success

    async def token_of(self, method: PaymentMethodRead) -> str:
        """The gateway's token of the account."""
        return str(await self.sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", method.id))

    async def pass_by(self, **time: float) -> dict[str, int]:
        """Move both clocks and run a batch; return its counts."""
        self.clock.forward(**time)
        self.sandbox.advance(**time)
        return await self.services.check_methods.check_due(100)

    async def read(self, method: PaymentMethodRead) -> tuple[PaymentMethodRead, VerificationRead]:
        """Return the account and its verification as a portal sees them."""
        shown = await self.services.payment_methods.get(self.account_id, method.id)
        assert shown.us_bank_account is not None
        return shown, shown.us_bank_account.verification

    async def state(self, method: PaymentMethodRead) -> tuple[str, str | None]:
        """The account's status, and the next step of its verification."""
        shown, verification = await self.read(method)
        return shown.status, verification.next_step


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with a clock of its own."""
    with run_sandbox() as running:
        yield running


@asynccontextmanager
async def vendor_who(way: AchVerification, database_url: str, sandbox: Sandbox, sql: Sql) -> AsyncIterator[Vendor]:
    """A vendor with one way of verification; the checks of earlier tests are put off."""
    await sql.execute("UPDATE payment_methods SET next_check_at = now() + interval '1 year'")
    settings = Settings(database_url=database_url, gateway_port=sandbox.port, gateway_ach_verification=way)
    clock = MovableClock()
    async with open_services(settings, clock) as services:
        yield Vendor(services, clock, sandbox, sql, await make_account(services))


@pytest.fixture
async def asking_networks(database_url: str, sandbox: Sandbox, sql: Sql) -> AsyncIterator[Vendor]:
    """A vendor who verifies by the banks' network."""
    async with vendor_who(AchVerification.NETWORK_CHECK, database_url, sandbox, sql) as vendor:
        yield vendor


@pytest.fixture
async def sending_deposits(database_url: str, sandbox: Sandbox, sql: Sql) -> AsyncIterator[Vendor]:
    """A vendor who verifies by two small deposits."""
    async with vendor_who(AchVerification.MICRO_TRANSFERS, database_url, sandbox, sql) as vendor:
        yield vendor


class TestNetworkChecks:
    async def test_a_verification_ends_a_day_later(self, asking_networks: Vendor, events_of: EventsOf) -> None:
        account = await asking_networks.add()
        assert await asking_networks.pass_by(minutes=59) == {}
        assert await asking_networks.pass_by(minutes=1) == {"checked": 1}
        assert await asking_networks.state(account) == ("pending", "wait")
        assert await asking_networks.pass_by(hours=23) == {"checked": 1}
        shown, verification = await asking_networks.read(account)
        assert (shown.status, shown.default) == ("active", True)
        assert verification.verified_at == asking_networks.clock.now()
        assert [kind for kind, _ in await events_of(account.id)] == ["stored", "verified"]
        assert await asking_networks.pass_by(hours=1) == {}

    async def test_a_check_without_a_gateway_is_due_again_in_minutes(self, asking_networks: Vendor) -> None:
        account = await asking_networks.add()
        token = await asking_networks.token_of(account)
        asking_networks.sandbox.fault("status", status=503, match={"path": token})
        assert await asking_networks.pass_by(days=1) == {"failed": 1}
        assert await asking_networks.pass_by(minutes=4) == {}
        assert await asking_networks.pass_by(minutes=1) == {"checked": 1}
        assert await asking_networks.state(account) == ("active", None)


class TestMicroTransfers:
    async def test_confirmed_accounts_are_verified_when_their_deposits_have_settled(
        self, sending_deposits: Vendor
    ) -> None:
        account = await sending_deposits.add()
        await sending_deposits.confirm(account)
        assert await sending_deposits.pass_by(days=1) == {"checked": 1}
        assert await sending_deposits.state(account) == ("pending", "wait")
        assert await sending_deposits.pass_by(days=1) == {"checked": 1}
        assert await sending_deposits.state(account) == ("active", None)

    async def test_an_account_without_amounts_keeps_waiting(self, sending_deposits: Vendor) -> None:
        account = await sending_deposits.add()
        for _ in range(3):
            assert await sending_deposits.pass_by(days=5) == {"checked": 1}
        assert await sending_deposits.state(account) == ("pending", "confirm_amounts")
        assert (await sending_deposits.read(account))[0].version == account.version

    async def test_a_waiting_account_is_checked_once_a_day_after_some_days(self, sending_deposits: Vendor) -> None:
        account = await sending_deposits.add()
        assert await sending_deposits.pass_by(hours=71) == {"checked": 1}
        assert await sending_deposits.pass_by(hours=1) == {"checked": 1}
        assert await sending_deposits.pass_by(hours=23) == {}
        assert await sending_deposits.pass_by(hours=1) == {"checked": 1}
        assert await sending_deposits.state(account) == ("pending", "confirm_amounts")

    async def test_an_account_that_failed_loses_the_default(
        self, sending_deposits: Vendor, events_of: EventsOf
    ) -> None:
        account = await sending_deposits.add()
        await sending_deposits.lock(account)
        assert await sending_deposits.pass_by(hours=1) == {"checked": 1}
        assert await sending_deposits.state(account) == ("verification_failed", "add_again")
        assert (account.default, (await sending_deposits.read(account))[0].default) == (True, False)
        (stored, _), (kind, event) = await events_of(account.id)
        assert (stored, kind) == ("stored", "verification_failed")
        assert (event["decline_code"], event["was_default"]) == ("too_many_tries", True)


class TestByTheVendor:
    """A vendor verifies an account at the gateway by hand after a verification that failed or takes too long."""

    async def test_an_account_that_the_vendor_vouches_for_can_pay(
        self, sending_deposits: Vendor, events_of: EventsOf
    ) -> None:
        account = await sending_deposits.add()
        await sending_deposits.verify_anew(account, "independent_check")
        await sending_deposits.pass_by(hours=1)
        assert await sending_deposits.state(account) == ("active", None)
        assert [kind for kind, _ in await events_of(account.id)] == ["stored", "verified"]

    async def test_another_verification_begins_with_all_tries(self, sending_deposits: Vendor) -> None:
        account = await sending_deposits.add()
        await sending_deposits.lock(account)
        await sending_deposits.pass_by(hours=1)
        await sending_deposits.verify_anew(account, "micro_transfers")
        await sending_deposits.pass_by(days=1)
        shown, verification = await sending_deposits.read(account)
        assert (shown.status, verification.next_step, verification.tries_left) == ("pending", "confirm_amounts", 5)
        assert verification.decline_code is None
        await sending_deposits.confirm(account)
        await sending_deposits.pass_by(days=2)
        assert await sending_deposits.state(account) == ("active", None)

    async def test_amounts_of_an_earlier_verification_are_wrong(self, sending_deposits: Vendor) -> None:
        account = await sending_deposits.add()
        await sending_deposits.lock(account)
        sending_deposits.sandbox.advance(minutes=1)
        await sending_deposits.verify_anew(account, "micro_transfers")
        with pytest.raises(VerificationNotAwaitedError) as refusal:
            await sending_deposits.confirm(account)
        assert refusal.value.extensions["next_step"] == "confirm_amounts"
        _, verification = await sending_deposits.read(account)
        assert (verification.next_step, verification.tries_left) == ("confirm_amounts", 5)
        await sending_deposits.confirm(account)
        assert await sending_deposits.state(account) == ("pending", "wait")

    async def test_an_account_that_failed_can_be_verified_later(
        self, sending_deposits: Vendor, events_of: EventsOf
    ) -> None:
        account = await sending_deposits.add()
        await sending_deposits.lock(account)
        await sending_deposits.pass_by(hours=1)
        await sending_deposits.verify_anew(account, "independent_check")
        await sending_deposits.pass_by(days=1)
        assert await sending_deposits.state(account) == ("active", None)
        assert [kind for kind, _ in await events_of(account.id)][-1] == "verified"
