"""The demo account: made once, by the same services that real ones are made by. `python -m billing_api.dev.seed`."""

import asyncio
from datetime import date
from uuid import UUID

import typer
from pydantic import SecretStr

from billing_api.addresses.service import AddressBook
from billing_api.auth.caller import Caller
from billing_api.auth.passwords import Passwords
from billing_api.auth.scopes import SCOPES
from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load_settings
from billing_api.clients.service import Clients
from billing_api.config import Settings
from billing_api.core import Core
from billing_api.dev.demo.addresses import demo_addresses
from billing_api.dev.demo.clock import DemoClock
from billing_api.dev.demo.disputes import DISPUTES
from billing_api.dev.demo.history import demo_history
from billing_api.dev.demo.performing import Performer
from billing_api.dev.demo.statements import demo_schedule, demo_statements
from billing_api.dev.demo.users import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_EMAIL, DEMO_PASSWORD, DEMO_USERS
from billing_api.dev.errors import LocalRunError
from billing_api.gateway.failures import GatewayUnfamiliarError
from billing_api.gateway_settings import AchVerification, Demand
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.kit.ids import new_id
from billing_api.kit.version import ANY_VERSION, Version
from billing_api.parts import Parts
from billing_api.payment_methods.lookups import Lookups
from billing_api.profiles.schemas import ProfileUpdate
from billing_api.profiles.service import Profiles
from billing_api.statement_schedules.service import StatementSchedules
from billing_api.statements.service import Statements
from billing_api.users.service import Users

# The demo account's history was made under these rules, whatever the settings ask of what is new.
_RULES = {
    "books_closed_through": "",
    "gateway_ach_verification": AchVerification.NETWORK_CHECK,
    "device_data": Demand.OFF,
    "three_d_secure": Demand.OFF,
}


async def seed(settings: Settings) -> None:
    """Make the demo account with its users and documents, and a client, unless they are there already.

    Raise LocalRunError.
    """
    if settings.is_production:
        raise LocalRunError("ENVIRONMENT=production: the demo account has a public password: refused.")
    settings = settings.model_copy(update=_RULES)
    clock = DemoClock(settings.books_time_zone)
    async with open_parts(settings, clock) as parts:
        made = await parts[Users].find_credentials(DEMO_EMAIL)
        if made is None:
            await _make(settings, clock, parts)
        else:
            account_id, *_ = await parts[Users].account_ids(made.user_id)
            await _require_same_sandbox(parts, account_id)
        if await parts[Clients].find(DEMO_CLIENT_ID) is None:
            await parts[Clients].create("Demo back office", SCOPES, client_id=DEMO_CLIENT_ID, secret=DEMO_CLIENT_SECRET)


async def _require_same_sandbox(parts: Parts, account_id: UUID) -> None:
    try:
        await parts[Lookups].require_familiar(account_id)
    except GatewayUnfamiliarError as error:
        raise LocalRunError(
            "These data belong to another sandbox: it knows none of their customers. `make forget-data`, then "
            "`make run` (with a DATABASE_URL of your own: name an empty database)."
        ) from error


async def _make(settings: Settings, clock: DemoClock, parts: Parts) -> None:
    today = clock.today()
    by_deposits = settings.model_copy(update={"gateway_ach_verification": AchVerification.MICRO_TRANSFERS})
    async with open_parts(by_deposits, clock) as deposits:
        performer = Performer(settings, clock, parts, deposits)
        await performer.perform(demo_history(today))
    clock.set_to(today)
    account_id = await performer.account_id()
    await _fill_profile(parts, account_id)
    for address in demo_addresses():
        await parts[AddressBook].create(account_id, address, None)
    await _add_users(parts, account_id)
    await _contest(parts, performer, account_id)
    await _make_statements(parts, account_id, today)


async def _fill_profile(parts: Parts, account_id: UUID) -> None:
    profile = await parts[Profiles].get(account_id)
    change = ProfileUpdate(contact_name="Pat Demo", phone="+1 650 253 0000 x12")
    await parts[Profiles].update(account_id, change, Version(frozenset({profile.version})))


async def _add_users(parts: Parts, account_id: UUID) -> None:
    password = await parts[Passwords].hash(SecretStr(DEMO_PASSWORD))

    async def add() -> None:
        for user in DEMO_USERS:
            await parts[Users].create(
                email=user.email,
                name=user.name,
                password=password if user.has_password else None,
                account_id=account_id,
                role=user.role,
            )

    await parts[Core].db.run(add)


async def _contest(parts: Parts, performer: Performer, account_id: UUID) -> None:
    found = await parts[Users].find_credentials(DEMO_EMAIL)
    assert found is not None  # it was added before
    owner = Caller(account_id, found.user_id, new_id(), "owner")
    for contested in DISPUTES:
        invoice_id = await performer.invoice_id(contested.invoice)
        dispute = await parts[InvoiceDisputes].open(owner, invoice_id, contested.objection, None)
        if contested.outcome is not None:
            await parts[InvoiceDisputes].resolve(dispute.id, contested.outcome, contested.answer)


async def _make_statements(parts: Parts, account_id: UUID, today: date) -> None:
    for new in demo_statements(today):
        await parts[Statements].create(account_id, new, None)
    await parts[StatementSchedules].update(account_id, demo_schedule(DEMO_EMAIL), ANY_VERSION)


def _main() -> None:
    """Load the demo account, unless it is there already; production refuses it, for its password is public."""
    settings = load_settings()
    try:
        with in_one_line():
            asyncio.run(seed(settings))
    except LocalRunError as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    typer.run(_main)
