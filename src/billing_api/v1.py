"""The routes of version 1: one line a feature, in the order in which the docs show them."""

from fastapi import APIRouter

from billing_api.addresses.routes import router as addresses
from billing_api.balances.routes import router as balances
from billing_api.gateway_webhooks.routes import router as gateway_webhooks
from billing_api.invoices.routes import router as invoices
from billing_api.overview.routes import router as overview
from billing_api.password_resets.routes import router as password_resets
from billing_api.payment_methods.routes import router as payment_methods
from billing_api.payments.routes import router as payments
from billing_api.portal_config.routes import router as portal_config
from billing_api.profiles.routes import router as profiles
from billing_api.sessions.routes import router as sessions
from billing_api.sessions.routes import well_known as signing_keys
from billing_api.transactions.routes import router as transactions

FEATURES = (
    portal_config,
    sessions,
    password_resets,
    overview,
    profiles,
    addresses,
    payment_methods,
    balances,
    invoices,
    payments,
    transactions,
    gateway_webhooks,
)

# Documents whose addresses other standards give.
well_known = APIRouter(prefix="/.well-known")
well_known.include_router(signing_keys.router)

router = APIRouter(prefix="/v1")
for feature in FEATURES:
    router.include_router(feature.router)

TAGS = [
    {"name": "portal", "description": "What a portal needs before anyone signs in."},
    {"name": "sessions", "description": "Signing in, staying so, and signing out."},
    {"name": "overview", "description": "The first page, in one request."},
    {"name": "profile", "description": "How the vendor knows and reaches the account."},
    {"name": "addresses", "description": "The address book."},
    {"name": "payment methods", "description": "Stored cards and bank accounts; their numbers never pass here."},
    {"name": "balance", "description": "What is due, overdue and under way."},
    {"name": "invoices", "description": "What is owed, and what was."},
    {"name": "payments", "description": "Paying invoices, each payment once, and what came of it."},
    {"name": "transactions", "description": "Everything that was posted."},
    {"name": "gateway webhooks", "description": "For Braintree alone: what it has to tell."},
]
