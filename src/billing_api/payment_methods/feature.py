"""All that the application needs to know of payment methods."""

from datetime import timedelta

from billing_api.addresses.service import AddressBook
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.parts import Parts
from billing_api.payment_methods.check import CheckMethods
from billing_api.payment_methods.declines import DeclineLimits, Declines
from billing_api.payment_methods.expiring import CardExpiry
from billing_api.payment_methods.keeping import MethodKeeper
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.model import gateway_customers, gateway_tokens, payment_method_holds, payment_methods
from billing_api.payment_methods.reading import MethodReader
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.remove import RemoveMethod
from billing_api.payment_methods.replace import ReplaceMethod
from billing_api.payment_methods.repository import PaymentMethodRepository as Repository
from billing_api.payment_methods.routes import router
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payment_methods.store import StoreMethod
from billing_api.payment_methods.update import UpdateMethod
from billing_api.payment_methods.vault import Vault
from billing_api.payment_methods.verify import VerifyMethod


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


def _recorder(core: Core, parts: Parts) -> MethodRecorder:
    check_every = timedelta(hours=parts.settings.gateway_method_check_hours)
    return MethodRecorder(core, parts[Repository], check_every=check_every)


def _vault(core: Core, parts: Parts) -> Vault:
    methods, recorder = parts[Repository], parts[MethodRecorder]
    keeper = MethodKeeper(core, methods, recorder)
    return Vault(core, methods, parts[Lookups], parts[BraintreeAdapter], keeper, recorder)


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
        Vault: _vault,
        PaymentMethods: lambda core, parts: PaymentMethods(
            core,
            parts[Repository],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            parts[Declines],
            parts[MethodReader],
        ),
        StoreMethod: lambda core, parts: StoreMethod(
            core, parts[AddressBook], parts[BraintreeAdapter], parts[Vault], parts[Declines], parts[MethodReader]
        ),
        ReplaceMethod: lambda _, parts: ReplaceMethod(
            parts[Repository], parts[AddressBook], parts[Vault], parts[Declines], parts[MethodReader]
        ),
        UpdateMethod: lambda core, parts: UpdateMethod(
            core,
            parts[Repository],
            parts[AddressBook],
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            parts[MethodReader],
        ),
        VerifyMethod: lambda core, parts: VerifyMethod(
            core,
            parts[Repository],
            parts[Lookups],
            parts[BraintreeAdapter],
            parts[MethodRecorder],
            parts[MethodReader],
        ),
        RemoveMethod: lambda core, parts: RemoveMethod(core, parts[Repository], parts[Lookups], parts[MethodRecorder]),
        CheckMethods: lambda core, parts: CheckMethods(
            core, parts[Repository], parts[Lookups], parts[Vault], parts[UpdateMethod], parts[MethodRecorder]
        ),
        CardExpiry: lambda core, parts: CardExpiry(core, parts[Repository], notice=_notice(parts)),
    },
)
