"""All that the application needs to know of autopay."""

from billing_api.autopay.following import FollowAutopay
from billing_api.autopay.jobs import FOLLOW_UP, FOLLOWED, PLAN, PLAN_ALL, PLAN_PAGE
from billing_api.autopay.method_uses import AutopayMethodUses
from billing_api.autopay.model import autopay, autopay_invoices
from billing_api.autopay.planning import PlanAutopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.autopay.retries import RetryDays
from billing_api.autopay.rounds import PlanRounds
from billing_api.autopay.routes import router
from billing_api.autopay.service import AutopayChoices
from billing_api.autopay.switching import AutopaySwitch
from billing_api.core import Core
from billing_api.events.consuming import Consumer
from billing_api.feature import Feature
from billing_api.jobs.service import Jobs
from billing_api.parts import Parts
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.planning import PlannedPayments
from billing_api.payments.service import Payments


def _following(core: Core, parts: Parts) -> FollowAutopay:
    return FollowAutopay(
        core,
        AutopayRepository(core.db),
        parts[Payments],
        parts[PlannedPayments],
        parts[PlanAutopay],
        parts[AutopaySwitch],
        parts[Jobs],
        retry_days=RetryDays(parts.settings.autopay_retry_days),
    )


FEATURE = Feature(
    routes=router,
    description="Invoices that are paid by themselves on their due date.",
    tables=[autopay, autopay_invoices],
    parts={
        AutopaySwitch: lambda core, parts: AutopaySwitch(core, AutopayRepository(core.db), parts[PlannedPayments]),
        AutopayChoices: lambda core, parts: AutopayChoices(
            core,
            AutopayRepository(core.db),
            parts[PaymentMethods],
            parts[AutopaySwitch],
            parts[Jobs],
            retry_days=sorted(parts.settings.autopay_retry_days),
        ),
        PlanAutopay: lambda core, parts: PlanAutopay(
            core,
            AutopayRepository(core.db),
            parts[PlannedPayments],
            parts[AutopaySwitch],
            notice_days=parts.settings.autopay_notice_days,
            retry_days=RetryDays(parts.settings.autopay_retry_days),
        ),
        PlanRounds: lambda core, parts: PlanRounds(
            core, AutopayRepository(core.db), parts[Jobs], notice_days=parts.settings.autopay_notice_days
        ),
        FollowAutopay: _following,
        AutopayMethodUses: lambda core, parts: AutopayMethodUses(AutopayRepository(core.db), parts[AutopaySwitch]),
    },
    tasks={
        PLAN: lambda parts: parts[PlanAutopay].plan_account,
        PLAN_PAGE: lambda parts: parts[PlanRounds].plan_page,
        FOLLOW_UP: lambda parts: parts[FollowAutopay].follow_up,
    },
    method_users=[AutopayMethodUses],
    periodic={PLAN_ALL: lambda parts: parts[PlanRounds].begin},
    consumers={Consumer("autopay.follow", FOLLOWED): lambda parts: parts[FollowAutopay].consume},
)
