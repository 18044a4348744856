"""All that the application needs to know of Braintree's webhooks."""

from datetime import timedelta

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.feature import Feature
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway_webhooks.applying import ApplyNotices
from billing_api.gateway_webhooks.model import gateway_notices, gateway_sweeps
from billing_api.gateway_webhooks.repository import NoticeRepository
from billing_api.gateway_webhooks.routes import router
from billing_api.gateway_webhooks.service import APPLY, GatewayWebhooks
from billing_api.gateway_webhooks.sweeping import SweepGateway
from billing_api.gateway_webhooks.transactions import NamedTransactions
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs
from billing_api.payment_methods.check import CheckMethods
from billing_api.payments.late_refunds import NoticedLateRefunds
from billing_api.payments.noticing import NoticedTransactions
from billing_api.refunds.checks import RefundChecks
from billing_api.refunds.noticing import NoticedRefunds

_EACH_HOUR = timedelta(hours=1)

FEATURE = Feature(
    routes=router,
    description="For Braintree alone: its notifications.",
    tables=[gateway_notices, gateway_sweeps],
    parts={
        NoticeRepository: lambda core, _: NoticeRepository(core.db),
        GatewayWebhooks: lambda core, parts: GatewayWebhooks(
            core, parts[NoticeRepository], parts[BraintreeAdapter], parts[Jobs]
        ),
        NamedTransactions: lambda _, parts: NamedTransactions(
            parts[NoticedTransactions], parts[NoticedRefunds], parts[RefundChecks], parts[NoticedLateRefunds]
        ),
        ApplyNotices: lambda core, parts: ApplyNotices(
            core,
            parts[NoticeRepository],
            parts[CheckMethods],
            parts[NamedTransactions],
            parts[RecordDisputes],
        ),
        SweepGateway: lambda core, parts: SweepGateway(
            core,
            parts[NoticeRepository],
            parts[BraintreeAdapter],
            parts[GatewayWebhooks],
            parts[NamedTransactions],
            parts[RecordDisputes],
        ),
    },
    tasks={APPLY: lambda parts: parts[ApplyNotices].apply},
    periodic={
        Periodic("gateway_webhooks.sweep", _EACH_HOUR, seconds=900): lambda parts: (
            lambda _: parts[SweepGateway].sweep()
        ),
        Periodic("gateway_webhooks.prune", _EACH_HOUR): lambda parts: lambda _: parts[GatewayWebhooks].prune(),
    },
)
