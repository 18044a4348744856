"""The features, from the ground up: each may call those before it, and never those after.

Composition, tables, routes, tags and the import contracts follow from this list.
"""

from billing_api.account_invoices.feature import FEATURE as ACCOUNT_INVOICES
from billing_api.account_payments.feature import FEATURE as ACCOUNT_PAYMENTS
from billing_api.account_refunds.feature import FEATURE as ACCOUNT_REFUNDS
from billing_api.addresses.feature import FEATURE as ADDRESSES
from billing_api.applications.feature import FEATURE as APPLICATIONS
from billing_api.autopay.feature import FEATURE as AUTOPAY
from billing_api.balances.feature import FEATURE as BALANCES
from billing_api.chargebacks.feature import FEATURE as CHARGEBACKS
from billing_api.clients.feature import FEATURE as CLIENTS
from billing_api.credits.feature import FEATURE as CREDITS
from billing_api.deliveries.feature import FEATURE as DELIVERIES
from billing_api.deposits.feature import FEATURE as DEPOSITS
from billing_api.download_links.feature import FEATURE as DOWNLOAD_LINKS
from billing_api.feature import Feature
from billing_api.gateway_webhooks.feature import FEATURE as GATEWAY_WEBHOOKS
from billing_api.imports.feature import FEATURE as IMPORTS
from billing_api.invoice_disputes.feature import FEATURE as INVOICE_DISPUTES
from billing_api.invoices.feature import FEATURE as INVOICES
from billing_api.ledger.feature import FEATURE as LEDGER
from billing_api.members.feature import FEATURE as MEMBERS
from billing_api.notifications.feature import FEATURE as NOTIFICATIONS
from billing_api.overview.feature import FEATURE as OVERVIEW
from billing_api.password_resets.feature import FEATURE as PASSWORD_RESETS
from billing_api.payment_methods.feature import FEATURE as PAYMENT_METHODS
from billing_api.payments.feature import FEATURE as PAYMENTS
from billing_api.payouts.feature import FEATURE as PAYOUTS
from billing_api.portal_config.feature import FEATURE as PORTAL_CONFIG
from billing_api.profiles.feature import FEATURE as PROFILES
from billing_api.reconciliation.feature import FEATURE as RECONCILIATION
from billing_api.refunds.feature import FEATURE as REFUNDS
from billing_api.sessions.feature import FEATURE as SESSIONS
from billing_api.statement_schedules.feature import FEATURE as STATEMENT_SCHEDULES
from billing_api.statements.feature import FEATURE as STATEMENTS
from billing_api.transactions.feature import FEATURE as TRANSACTIONS
from billing_api.users.feature import FEATURE as USERS
from billing_api.write_offs.feature import FEATURE as WRITE_OFFS

FEATURES: tuple[Feature, ...] = (
    USERS,
    DELIVERIES,
    SESSIONS,
    CLIENTS,
    PROFILES,
    PASSWORD_RESETS,
    MEMBERS,
    ADDRESSES,
    PAYMENT_METHODS,
    LEDGER,
    INVOICES,
    INVOICE_DISPUTES,
    CREDITS,
    DEPOSITS,
    BALANCES,
    PAYMENTS,
    AUTOPAY,
    REFUNDS,
    ACCOUNT_INVOICES,
    ACCOUNT_PAYMENTS,
    ACCOUNT_REFUNDS,
    APPLICATIONS,
    WRITE_OFFS,
    CHARGEBACKS,
    RECONCILIATION,
    GATEWAY_WEBHOOKS,
    PAYOUTS,
    TRANSACTIONS,
    STATEMENTS,
    STATEMENT_SCHEDULES,
    NOTIFICATIONS,
    IMPORTS,
    OVERVIEW,
    PORTAL_CONFIG,
    DOWNLOAD_LINKS,
)
