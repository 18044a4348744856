"""All that the application needs to know of payment methods."""

from datetime import timedelta

from billing_api.addresses.service import AddressBook
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.parts import Parts
from billing_api.payment_methods.card_rules import CardRules
from billing_api.payment_methods.check import CheckMethods
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.keeping import MethodKeeper
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import gateway_customers, gateway_tokens, payment_method_holds, payment_methods
from billing_api.payment_methods.one_time import OneTimeMethods
from billing_api.payment_methods.reading import MethodReader
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.remove import RemoveMethod
from billing_api.payment_methods.replace import ReplaceMethod
from billing_api.payment_methods.repository import PaymentMethodRepository as Repository
from billing_api.payment_methods.routes import router
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.store import StoreMethod
from billing_api.payment_methods.update import UpdateMethod
from billing_api.payment_methods.uses import MethodUsers
from billing_api.payment_methods.vault import Vault
from billing_api.payment_methods.verify import VerifyMethod


def _notice(parts: Parts) -> timedelta:
    return timedelta(days=parts.settings.card_expiry_notice_days)


def _declines(_: Core, parts: Parts) -> Declines:
    settings = parts.settings
    return Declines(
        parts[Failures],
        parts[SecurityLog],
        per_account=settings.card_declines_per_account,
        per_ip=settings.card_declines_per_ip,
        verified=settings.methods_verified_per_account,
    )


def _card_rules(_: Core, parts: Parts) -> CardRules:
    settings = parts.settings
    return CardRules(parts[BraintreeAdapter], device_data=settings.device_data, three_d_secure=settings.three_d_secure)


def _recorder(core: Core, parts: Parts) -> MethodRecorder:
    check_every = timedelta(hours=parts.settings.gateway_method_check_hours)
    return MethodRecorder(core, parts[Repository], parts[MethodUsers], check_every=check_every)


FEATURE = Feature(
    routes=router,
    description="Stored cards and bank accounts; their numbers never pass here.",
    tables=[gateway_customers, gateway_tokens, payment_methods, payment_method_holds],
    parts={
        Declines: _declines,
        Repository: lambda core, parts: Repository(core.db, merchant_id=parts.settings.gateway_merchant_id),
        MethodRecorder: _recorder,
        MethodReader: lambda core, parts: MethodReader(core.clock, notice=_notice(parts)),
        Lookups: lambda core, parts: Lookups(core, parts[Repository], parts[BraintreeAdapter]),
        MethodTools: lambda core, parts: MethodTools(
            core,
            parts[Repository],
            parts[BraintreeAdapter],
            parts[Lookups],
            parts[MethodRecorder],
            parts[MethodReader],
            parts[MethodUsers],
        ),
        Vault: lambda _, parts: Vault(parts[MethodTools], MethodKeeper(parts[MethodTools])),
        OneTimeMethods: lambda _, parts: OneTimeMethods(
            parts[MethodTools], MethodKeeper(parts[MethodTools]), parts[Declines]
        ),
        PaymentMethods: lambda _, parts: PaymentMethods(parts[MethodTools], parts[Declines]),
        CardRules: _card_rules,
        StoreMethod: lambda _, parts: StoreMethod(
            parts[MethodTools], parts[AddressBook], parts[Vault], parts[Declines], parts[CardRules]
        ),
        ReplaceMethod: lambda _, parts: ReplaceMethod(
            parts[MethodTools], parts[AddressBook], parts[Vault], parts[Declines], parts[CardRules]
        ),
        UpdateMethod: lambda _, parts: UpdateMethod(parts[MethodTools], parts[AddressBook]),
        VerifyMethod: lambda _, parts: VerifyMethod(parts[MethodTools]),
        RemoveMethod: lambda _, parts: RemoveMethod(parts[MethodTools]),
        CheckMethods: lambda _, parts: CheckMethods(parts[MethodTools], parts[Vault], parts[UpdateMethod]),
        CardExpiry: lambda core, parts: CardExpiry(core, parts[Repository], notice=_notice(parts)),
    },
)
