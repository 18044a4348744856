"""The composition of the service: its parts, made as its features say."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast

from billing_api.accounts.repository import AccountRepository
from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.auth.counters import RateCounters
from billing_api.auth.devices import Devices
from billing_api.auth.failures import Failures
from billing_api.auth.keys import KeyRing, new_keys
from billing_api.auth.partner_tokens import PartnerTokens
from billing_api.auth.passwords import Passwords
from billing_api.auth.quotas import Quotas
from billing_api.auth.rates import Rates
from billing_api.auth.revocations import Revocations
from billing_api.auth.security_log import SecurityLog
from billing_api.auth.throttle import SignInLimits, SignInThrottle
from billing_api.auth.tokens import AccessTokens
from billing_api.config import BooksSettings, Settings
from billing_api.core import Core
from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.db.exports import Exports
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.deliveries.writers import Writers
from billing_api.documents.letterhead import Vendor
from billing_api.documents.service import Documents
from billing_api.documents.slots import DocumentSlots
from billing_api.events.service import Outbox
from billing_api.features import FEATURES
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.jobs.callbacks import JobCallbacks, TaskWithCallback
from billing_api.jobs.repository import Queue
from billing_api.jobs.service import Jobs
from billing_api.kit.clock import Clock
from billing_api.kit.tracing import tracing_to
from billing_api.parts import Parts
from billing_api.payment_methods.uses import MethodUser, MethodUsers


@asynccontextmanager
async def open_parts(settings: BooksSettings, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Connect, and yield the parts; everything is closed at the end.

    The settings of the books are enough for the parts that work with documents.
    """
    clock = clock or Clock(settings.books_time_zone)
    async with AsyncExitStack() as closing:
        if settings.otel_exporter_otlp_endpoint:
            await closing.enter_async_context(tracing_to(settings.otel_exporter_otlp_endpoint))
        database = Database(
            DatabaseAddress.parse(settings.database_url),
            pool_size=settings.database_pool_size,
            timeout_seconds=settings.database_timeout_seconds,
        )
        await database.open()
        closing.push_async_callback(database.close)
        core = _core(settings, database, clock)
        parts = Parts(cast("Settings", settings), closing)
        for kind, value in ((Core, core), (Database, database), (Clock, clock), (Accounts, core.accounts)):
            parts.add({kind: partial(_same, value)})
        parts.add(_tools(parts, core))
        parts.add({Writers: lambda: Writers(parts, {k: make for f in FEATURES for k, make in f.mails.items()})})
        parts.add({MethodUsers: lambda: MethodUsers(database, partial(_method_users, parts))})
        for feature in FEATURES:
            parts.add({kind: partial(make, core, parts) for kind, make in feature.parts.items()})
        yield parts


def _method_users(parts: Parts) -> list[MethodUser]:
    return [parts[kind] for feature in reversed(FEATURES) for kind in feature.method_users]


def _core(settings: BooksSettings, database: Database, clock: Clock) -> Core:
    audit, events = AuditLog(database, clock), Outbox(database, clock)
    keys = IdempotencyKeys(
        database,
        clock,
        lease=timedelta(seconds=settings.idempotency_lease_seconds),
        keep=timedelta(hours=settings.idempotency_keep_hours),
    )
    accounts = Accounts(database, AccountRepository(database), audit, events, clock)
    return Core(database, clock, audit, events, accounts, keys)


def _tools(parts: Parts, core: Core) -> dict[type[Any], Callable[[], Any]]:
    """Return the ways to make the parts that stand below the features."""
    settings, db, clock = parts.settings, core.db, core.clock
    return {
        JobCallbacks: lambda: JobCallbacks(
            {
                task.name: TaskWithCallback(task, partial(make, parts))
                for feature in FEATURES
                for task, make in feature.on_job_change.items()
            }
        ),
        Jobs: lambda: Jobs(db, clock, parts[JobCallbacks], keep=timedelta(days=settings.job_keep_days)),
        Queue: lambda: Queue(db, clock),
        BraintreeAdapter: lambda: _gateway(parts, clock),
        Passwords: lambda: _passwords(parts),
        Vendor: lambda: Vendor(settings),
        Documents: lambda: _documents(parts),
        DocumentSlots: lambda: DocumentSlots(timeout_seconds=settings.document_timeout_seconds),
        KeyRing: lambda: KeyRing(settings.signing_keys.get_secret_value() or new_keys()),
        AccessTokens: lambda: AccessTokens(
            parts[KeyRing],
            clock,
            issuer=settings.issuer,
            audience=settings.token_audience,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        ),
        PartnerTokens: lambda: PartnerTokens(
            parts[KeyRing],
            clock,
            issuer=settings.issuer,
            audience=settings.token_audience,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        ),
        Devices: lambda: Devices(parts[KeyRing], clock, settings.issuer),
        Revocations: lambda: Revocations(db, clock, token_lifetime=timedelta(seconds=settings.access_token_seconds)),
        SecurityLog: lambda: SecurityLog(db, clock),
        Exports: lambda: Exports(db, pool_size=settings.database_pool_size),
        RateCounters: lambda: RateCounters(db, clock),
        Failures: lambda: Failures(parts[RateCounters], clock),
        Quotas: lambda: Quotas(parts[Failures], parts[SecurityLog]),
        SignInThrottle: lambda: SignInThrottle(
            parts[Failures],
            parts[SecurityLog],
            SignInLimits(
                per_address_and_ip=settings.sign_in_tries_per_address_and_ip,
                per_address=settings.sign_in_tries_per_address,
                per_ip=settings.sign_in_tries_per_ip,
                per_device=settings.sign_in_tries_per_device,
                per_devices=settings.sign_in_tries_per_devices,
            ),
        ),
        Rates: lambda: Rates(
            clock,
            parts[SecurityLog],
            {
                "partner-tokens": settings.partner_tokens_per_client,
                "refreshes": settings.refreshes_per_session,
                "password-changes": settings.password_changes_per_user,
                "client-tokens": settings.client_tokens_per_user,
                "quotes": settings.quotes_per_user,
                "searches": settings.searches_per_user,
                "exports": settings.exports_per_user,
                "download-links": settings.download_links_per_user,
                "documents": settings.documents_per_account,
                "statements": settings.statements_per_account,
            },
        ),
    }


def _gateway(parts: Parts, clock: Clock) -> BraintreeAdapter:
    gateway = BraintreeAdapter(parts.settings, clock)
    parts.closing.push_async_callback(gateway.close)
    return gateway


def _documents(parts: Parts) -> Documents:
    settings = parts.settings
    documents = Documents(
        processes=settings.document_processes,
        queue=settings.document_queue,
        timeout_seconds=settings.document_timeout_seconds,
        memory_mebibytes=settings.document_memory_mebibytes,
    )
    parts.closing.push_async_callback(documents.close)
    return documents


def _passwords(parts: Parts) -> Passwords:
    passwords = Passwords(threads=parts.settings.password_hash_threads)
    parts.closing.callback(passwords.close)
    return passwords


def _same(value: Any) -> Any:
    return value
