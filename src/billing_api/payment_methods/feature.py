"""All that the application needs to know of payment methods."""

from datetime import timedelta

from billing_api.addresses.service import AddressBook
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.core import Core
from billing_api.db.base import table_of
from billing_api.db.reader import Reader
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.parts import Parts
from billing_api.payment_methods.changing import MethodChanges
from billing_api.payment_methods.checking import MethodChecks
from billing_api.payment_methods.declines import DeclineLimits, Declines
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.model import GatewayCustomer, GatewayToken, PaymentMethod, PaymentMethodHold
from billing_api.payment_methods.reading import MethodReader
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.removing import MethodRemoval
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.routes import router
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.vaulting import Vault
from billing_api.payment_methods.verifying import MethodVerification


def _notice(parts: Parts) -> timedelta:
    return timedelta(days=parts.settings.card_expiry_notice_days)


def _declines(_: Core, parts: Parts) -> Declines:
    settings = parts.settings
    return Declines(
        parts[Failures],
        parts[SecurityLog],
        DeclineLimits(
            declines_per_account=settings.card_declines_per_account,
            declines_per_ip=settings.card_declines_per_ip,
            verified_per_account=settings.methods_verified_per_account,
        ),
    )


FEATURE = Feature(
    routes=router,
    description="Stored cards and bank accounts; their numbers never pass here.",
    tables=[table_of(one) for one in (GatewayCustomer, GatewayToken, PaymentMethod, PaymentMethodHold)],
    parts={
        Declines: _declines,
        PaymentMethodRepository: lambda core, parts: PaymentMethodRepository(
            core.db, parts[Reader], merchant_id=parts.settings.gateway_merchant_id
        ),
        MethodRecorder: lambda core, parts: MethodRecorder(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            core.audit,
            core.events,
            core.clock,
            check_every=timedelta(hours=parts.settings.gateway_method_check_hours),
        ),
        MethodReader: lambda core, parts: MethodReader(core.clock, notice=_notice(parts)),
        Lookups: lambda core, parts: Lookups(
            core.db, parts[PaymentMethodRepository], parts[BraintreeAdapter], core.clock
        ),
        Vault: lambda core, parts: Vault(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            parts[AddressBook],
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            core.clock,
        ),
        PaymentMethods: lambda core, parts: PaymentMethods(
            core.db,
            parts[PaymentMethodRepository],
            parts[BraintreeAdapter],
            parts[Vault],
            parts[MethodReader],
            parts[Declines],
            core.clock,
        ),
        MethodChanges: lambda core, parts: MethodChanges(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            parts[AddressBook],
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            core.clock,
        ),
        MethodRemoval: lambda core, parts: MethodRemoval(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            parts[Lookups],
            parts[MethodRecorder],
            core.clock,
        ),
        MethodChecks: lambda core, parts: MethodChecks(
            core.db,
            parts[PaymentMethodRepository],
            parts[Lookups],
            parts[Vault],
            parts[MethodChanges],
            parts[MethodRecorder],
            core.clock,
        ),
        MethodVerification: lambda core, parts: MethodVerification(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            core.audit,
            core.clock,
        ),
        CardExpiry: lambda core, parts: CardExpiry(
            core.db,
            parts[PaymentMethodRepository],
            core.accounts,
            core.events,
            core.clock,
            notice=_notice(parts),
        ),
    },
)
