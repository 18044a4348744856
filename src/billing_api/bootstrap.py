"""The composition root: every part is made here, once, and put together by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta

from billing_api.accounts.repository import AccountRepository
from billing_api.accounts.service import Accounts
from billing_api.addresses.repository import AddressRepository
from billing_api.addresses.service import AddressBook
from billing_api.audit.service import AuditLog
from billing_api.auth.authenticator import Authenticator
from billing_api.auth.caller import Caller
from billing_api.auth.revocations import Revocations
from billing_api.auth.tokens import AccessTokens, KeyRing, new_keys
from billing_api.config import Settings
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.db.reader import Reader
from billing_api.db.session import Database
from billing_api.errors import UnavailableError
from billing_api.events.service import Outbox
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.kit.clock import Clock
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.service import PaymentMethods
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.service import Profiles


@dataclass(frozen=True, slots=True)
class Services:
    """What routes, commands and tests ask for; each is found by its type."""

    database: Database
    reader: Reader
    clock: Clock
    accounts: Accounts
    tokens: AccessTokens
    revocations: Revocations
    authenticator: Authenticator
    profiles: Profiles
    addresses: AddressBook
    gateway: BraintreeAdapter
    payment_methods: PaymentMethods

    def by_type(self) -> dict[type, object]:
        """The same parts, as `kit.provide` looks them up."""
        parts = [getattr(self, field.name) for field in fields(self)]
        return {type(part): part for part in parts}


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """Put the parts together and connect; everything is closed at the end."""
    clock = clock or Clock(settings.books_time_zone)
    database = Database(
        settings.sqlalchemy_url,
        pool_size=settings.database_pool_size,
        timeout_seconds=settings.database_timeout_seconds,
    )
    reader = Reader(
        settings.database_url, pool_size=settings.reader_pool_size, timeout_seconds=settings.database_timeout_seconds
    )
    await reader.open()
    gateway = BraintreeAdapter(settings)
    try:
        yield _assemble(settings, database, reader, gateway, clock)
    finally:
        await gateway.close()
        await reader.close()
        await database.close()


async def _nobody_can_tell(_: Caller) -> bool:
    raise UnavailableError


def _assemble(
    settings: Settings, database: Database, reader: Reader, gateway: BraintreeAdapter, clock: Clock
) -> Services:
    keys = IdempotencyKeys(
        database,
        clock,
        lease=timedelta(seconds=settings.idempotency_lease_seconds),
        keep=timedelta(hours=settings.idempotency_keep_hours),
    )
    audit = AuditLog(database, clock)
    outbox = Outbox(database, clock)
    accounts = Accounts(database, AccountRepository(database, reader), audit, outbox, clock)
    token_lifetime = timedelta(seconds=settings.access_token_seconds)
    tokens = AccessTokens(
        KeyRing(settings.signing_keys.get_secret_value() or new_keys()),
        clock,
        issuer=settings.issuer,
        audience=settings.token_audience,
        lifetime=token_lifetime,
    )
    revocations = Revocations(database, reader, clock, token_lifetime=token_lifetime)
    authenticator = Authenticator(tokens, revocations, _nobody_can_tell)
    profiles = Profiles(database, ProfileRepository(database, reader), accounts, audit, outbox, clock, settings.locales)
    addresses = AddressBook(database, AddressRepository(database, reader), accounts, keys, audit, clock)
    payment_methods = PaymentMethods(
        database, PaymentMethodRepository(database, reader), accounts, gateway, audit, outbox, clock
    )
    return Services(
        database=database,
        reader=reader,
        clock=clock,
        accounts=accounts,
        tokens=tokens,
        revocations=revocations,
        authenticator=authenticator,
        profiles=profiles,
        addresses=addresses,
        gateway=gateway,
        payment_methods=payment_methods,
    )
