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
from billing_api.auth.counters import PostgresCounters
from billing_api.auth.devices import Devices
from billing_api.auth.failures import Failures
from billing_api.auth.passwords import Passwords
from billing_api.auth.rates import Rates
from billing_api.auth.revocations import Revocations
from billing_api.auth.security_log import SecurityLog
from billing_api.auth.throttle import SignInLimits, SignInThrottle
from billing_api.auth.tokens import AccessTokens, KeyRing, new_keys
from billing_api.balances.repository import BalanceRepository
from billing_api.balances.service import Balances
from billing_api.config import BooksSettings, Settings
from billing_api.core import Core
from billing_api.credits.repository import CreditMemoRepository
from billing_api.credits.service import CreditMemos
from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.db.reader import Reader
from billing_api.deposits.repository import DepositRepository
from billing_api.deposits.service import Deposits
from billing_api.events.service import Outbox
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway_webhooks.service import GatewayWebhooks
from billing_api.imports.posting import LinePoster
from billing_api.imports.service import ImportService
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.service import Ledger
from billing_api.members.service import Members
from billing_api.overview.service import Overview
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.service import PasswordResets
from billing_api.payment_methods.changing import MethodChanges
from billing_api.payment_methods.checking import MethodChecks
from billing_api.payment_methods.declines import DeclineLimits, Declines
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.reading import MethodReader
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.removing import MethodRemoval
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.vaulting import Vault
from billing_api.payment_methods.verifying import MethodVerification
from billing_api.payments.allocating import Allocations
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.service import Payments
from billing_api.payments.submitting import Submitter
from billing_api.portal_config.service import PortalConfig
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.service import Profiles
from billing_api.sessions.credentials import Credentials
from billing_api.sessions.repository import SessionRepository
from billing_api.sessions.service import Sessions, SessionTerms
from billing_api.transactions.service import Transactions
from billing_api.users.repository import PersonRepository
from billing_api.users.service import People


@dataclass(frozen=True, slots=True)
class Services:
    """What routes, commands and tests ask for; each is found by its type."""

    database: Database
    reader: Reader
    clock: Clock
    accounts: Accounts
    signing_keys: KeyRing
    tokens: AccessTokens
    revocations: Revocations
    authenticator: Authenticator
    passwords: Passwords
    rates: Rates
    people: People
    sessions: Sessions
    credentials: Credentials
    password_resets: PasswordResets
    members: Members
    profiles: Profiles
    addresses: AddressBook
    gateway: BraintreeAdapter
    lookups: Lookups
    payment_methods: PaymentMethods
    method_changes: MethodChanges
    method_removal: MethodRemoval
    method_verification: MethodVerification
    method_checks: MethodChecks
    card_expiry: CardExpiry
    payments: Payments
    offline_payments: OfflinePayments
    ledger: Ledger
    invoices: Invoices
    credit_memos: CreditMemos
    deposits: Deposits
    balances: Balances
    transactions: Transactions
    imports: ImportService
    overview: Overview
    gateway_webhooks: GatewayWebhooks
    portal_config: PortalConfig

    def by_type(self) -> dict[type, object]:
        """The same parts, as `http.provide` looks them up."""
        parts = [getattr(self, field.name) for field in fields(self)]
        return {type(part): part for part in parts}


@dataclass(frozen=True, slots=True)
class Books:
    """The parts that work with documents: without people who sign in, and without the gateway."""

    core: Core
    database: Database
    reader: Reader
    clock: Clock
    audit: AuditLog
    outbox: Outbox
    accounts: Accounts
    profiles: Profiles
    ledger: Ledger
    invoices: Invoices
    credit_memos: CreditMemos
    deposits: Deposits
    payment_rows: PaymentRepository
    offline_payments: OfflinePayments
    imports: ImportService


@asynccontextmanager
async def open_books(settings: BooksSettings, clock: Clock | None = None) -> AsyncIterator[Books]:
    """Put these parts together and connect; everything is closed at the end."""
    address, timeout = DatabaseAddress.parse(settings.database_url), settings.database_timeout_seconds
    database = Database(address, pool_size=settings.database_pool_size, timeout_seconds=timeout)
    await database.open()
    try:
        yield _assemble_books(settings, database, Reader(database), clock or Clock(settings.books_time_zone))
    finally:
        await database.close()


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """Put all the parts together and connect; everything is closed at the end."""
    async with open_books(settings, clock) as books:
        gateway = BraintreeAdapter(settings, books.clock)
        passwords = Passwords(threads=settings.password_hash_threads)
        try:
            yield _assemble(settings, books, gateway, passwords)
        finally:
            passwords.close()
            await gateway.close()


def _assemble_books(settings: BooksSettings, database: Database, reader: Reader, clock: Clock) -> Books:
    audit = AuditLog(database, clock)
    outbox = Outbox(database, clock)
    accounts = Accounts(database, AccountRepository(database), audit, outbox, clock)
    keys = IdempotencyKeys(
        database,
        clock,
        lease=timedelta(seconds=settings.idempotency_lease_seconds),
        keep=timedelta(hours=settings.idempotency_keep_hours),
    )
    core = Core(database, clock, audit, outbox, accounts, keys)
    profiles = Profiles(core, ProfileRepository(database), settings.locales)
    ledger = Ledger(core, LedgerRepository(database, reader), closed_through=settings.closed_through)
    invoices = Invoices(core, InvoiceRepository(database, reader), ledger)
    credit_memos = CreditMemos(core, CreditMemoRepository(database), ledger, invoices)
    deposits = Deposits(core, DepositRepository(database), ledger, invoices)
    payment_rows = PaymentRepository(database, reader)
    offline_payments = OfflinePayments(core, payment_rows, ledger, invoices)
    poster = LinePoster(accounts, profiles, invoices, credit_memos, deposits, offline_payments)
    return Books(
        core=core,
        database=database,
        reader=reader,
        clock=clock,
        audit=audit,
        outbox=outbox,
        accounts=accounts,
        profiles=profiles,
        ledger=ledger,
        invoices=invoices,
        credit_memos=credit_memos,
        deposits=deposits,
        payment_rows=payment_rows,
        offline_payments=offline_payments,
        imports=ImportService(database, accounts, poster),
    )


def _assemble(settings: Settings, books: Books, gateway: BraintreeAdapter, passwords: Passwords) -> Services:
    core, database, reader, clock = books.core, books.database, books.reader, books.clock
    keys = core.keys
    audit, outbox, accounts, profiles = books.audit, books.outbox, books.accounts, books.profiles
    ledger, invoices, payment_rows = books.ledger, books.invoices, books.payment_rows
    token_lifetime = timedelta(seconds=settings.access_token_seconds)
    signing_keys = KeyRing(settings.signing_keys.get_secret_value() or new_keys())
    tokens = AccessTokens(
        signing_keys, clock, issuer=settings.issuer, audience=settings.token_audience, lifetime=token_lifetime
    )
    revocations = Revocations(database, clock, token_lifetime=token_lifetime)
    failures = Failures(PostgresCounters(database, clock), clock)
    security_log = SecurityLog(database, clock)
    throttle = SignInThrottle(
        failures,
        security_log,
        SignInLimits(
            per_address_and_ip=settings.sign_in_tries_per_address_and_ip,
            per_address=settings.sign_in_tries_per_address,
            per_ip=settings.sign_in_tries_per_ip,
            per_device=settings.sign_in_tries_per_device,
            per_devices=settings.sign_in_tries_per_devices,
        ),
    )
    rates = Rates(
        clock,
        security_log,
        {
            "refreshes": settings.refreshes_per_session,
            "password-changes": settings.password_changes_per_person,
            "client-tokens": settings.client_tokens_per_person,
            "quotes": settings.quotes_per_person,
            "searches": settings.searches_per_person,
        },
    )
    declines = Declines(
        failures,
        security_log,
        DeclineLimits(
            declines_per_account=settings.card_declines_per_account,
            declines_per_ip=settings.card_declines_per_ip,
            verified_per_account=settings.methods_verified_per_account,
        ),
    )
    people = People(database, PersonRepository(database, reader), accounts, audit, outbox, clock)
    sessions = Sessions(
        database,
        SessionRepository(database, reader),
        people,
        tokens=tokens,
        revocations=revocations,
        audit=audit,
        outbox=outbox,
        clock=clock,
        terms=SessionTerms(
            lifetime=timedelta(days=settings.refresh_token_days),
            idle=timedelta(minutes=settings.session_idle_minutes),
            reuse_grace=timedelta(seconds=settings.refresh_reuse_grace_seconds),
        ),
    )
    credentials = Credentials(
        database,
        sessions,
        people,
        passwords=passwords,
        throttle=throttle,
        devices=Devices(signing_keys, clock, settings.issuer),
        audit=audit,
        outbox=outbox,
    )
    password_resets = PasswordResets(
        database,
        PasswordResetRepository(database, reader),
        people,
        sessions,
        passwords=passwords,
        audit=audit,
        outbox=outbox,
        clock=clock,
        lifetime=timedelta(hours=settings.password_link_hours),
    )
    authenticator = Authenticator(tokens, revocations, sessions.still_holds)
    addresses = AddressBook(core, AddressRepository(database))
    method_rows = PaymentMethodRepository(database, reader, merchant_id=settings.gateway_merchant_id)
    method_recorder = MethodRecorder(
        database,
        method_rows,
        accounts,
        audit,
        outbox,
        clock,
        check_every=timedelta(hours=settings.gateway_method_check_hours),
    )
    lookups = Lookups(database, method_rows, gateway, clock)
    vault = Vault(database, method_rows, accounts, addresses, lookups, gateway, method_recorder, clock)
    card_notice = timedelta(days=settings.card_expiry_notice_days)
    method_reader = MethodReader(clock, notice=card_notice)
    payment_methods = PaymentMethods(database, method_rows, gateway, vault, method_reader, declines, clock)
    method_changes = MethodChanges(database, method_rows, accounts, addresses, lookups, gateway, method_recorder, clock)
    method_removal = MethodRemoval(database, method_rows, accounts, lookups, method_recorder, clock)
    method_checks = MethodChecks(database, method_rows, lookups, vault, method_changes, method_recorder, clock)
    method_verification = MethodVerification(
        database, method_rows, accounts, lookups, gateway, method_recorder, audit, clock
    )
    card_expiry = CardExpiry(database, method_rows, accounts, outbox, clock, notice=card_notice)
    allocations = Allocations(invoices, ledger, payment_methods, clock)
    submitter = Submitter(database, payment_rows, accounts, payment_methods, invoices, allocations, keys, audit, clock)
    late_charges = LateCharges(payment_rows, audit, outbox, clock)
    recorder = Recorder(database, payment_rows, accounts, allocations, late_charges, keys, audit, outbox, clock)
    payments = Payments(payment_rows, invoices, payment_methods, lookups, gateway, submitter, recorder, clock)
    balances = Balances(core, BalanceRepository(database))
    return Services(
        database=database,
        reader=reader,
        clock=clock,
        accounts=accounts,
        signing_keys=signing_keys,
        tokens=tokens,
        revocations=revocations,
        authenticator=authenticator,
        passwords=passwords,
        rates=rates,
        people=people,
        sessions=sessions,
        credentials=credentials,
        password_resets=password_resets,
        members=Members(database, accounts, people, sessions, password_resets, passwords),
        profiles=profiles,
        addresses=addresses,
        gateway=gateway,
        lookups=lookups,
        payment_methods=payment_methods,
        method_changes=method_changes,
        method_removal=method_removal,
        method_verification=method_verification,
        method_checks=method_checks,
        card_expiry=card_expiry,
        payments=payments,
        offline_payments=books.offline_payments,
        ledger=ledger,
        invoices=invoices,
        credit_memos=books.credit_memos,
        deposits=books.deposits,
        balances=balances,
        transactions=Transactions(ledger),
        imports=books.imports,
        overview=Overview(core, balances, invoices, profiles, addresses, payment_methods),
        gateway_webhooks=GatewayWebhooks(gateway, method_checks),
        portal_config=PortalConfig(settings, payment_methods),
    )
