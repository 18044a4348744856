"""Every part of the sandbox. A new resource, kind of payment method or function of the control API gets a line here."""

from collections.abc import Sequence
from typing import Any

from braintree_sandbox.call import BraintreeRoutes
from braintree_sandbox.client.call import ClientRoutes
from braintree_sandbox.client.graphql.operation import Operations
from braintree_sandbox.client.graphql.operations import basics, customer_sessions, exchange_rates, instant_verification
from braintree_sandbox.client.graphql.operations import cards as graphql_cards
from braintree_sandbox.client.graphql.operations import local_payments as graphql_local_payments
from braintree_sandbox.client.graphql.operations import us_bank_accounts as graphql_us_bank_accounts
from braintree_sandbox.client.graphql.operations import vault as graphql_vault
from braintree_sandbox.client.routes import configuration
from braintree_sandbox.client.routes import credit_cards as client_credit_cards
from braintree_sandbox.client.routes import payment_methods as client_payment_methods
from braintree_sandbox.client.routes import paypal_accounts as client_paypal_accounts
from braintree_sandbox.client.routes import three_d_secure as client_three_d_secure
from braintree_sandbox.control import (
    clock,
    fault_injection,
    ledger,
    merchants,
    vault,
    webhook_deliveries,
    webhook_endpoints,
    webhooks,
)
from braintree_sandbox.control import disputes as control_disputes
from braintree_sandbox.control import payment_methods as control_payment_methods
from braintree_sandbox.control.call import ControlRoutes
from braintree_sandbox.resources import (
    addresses,
    apple_pay_domains,
    bank_verifications,
    card_verification_requests,
    card_verification_search,
    card_verifications,
    cards,
    client_tokens,
    credit_cards,
    customer_search,
    customers,
    document_uploads,
    expiring_cards,
    merchant_accounts,
    payment_method_grants,
    payment_method_nonces,
    payment_methods,
    sales,
    settlement_batch_summaries,
    three_d_secure,
    us_bank_accounts,
)
from braintree_sandbox.resources.disputes import evidence, life
from braintree_sandbox.resources.disputes import searching as dispute_searching
from braintree_sandbox.resources.disputes import steps as dispute_steps
from braintree_sandbox.resources.recurring import billing, plan_changes, plans, subscription_search, subscriptions
from braintree_sandbox.resources.transactions import (
    adjustments,
    clones,
    refunds,
    searching,
    settlement,
    shipments,
    steps,
    submission,
)
from braintree_sandbox.resources.transactions import webhooks as transaction_webhooks
from braintree_sandbox.resources.wallets import (
    amex_express_checkout_cards,
    android_pay_cards,
    apple_pay_cards,
    europe_bank_accounts,
    local_payments,
    masterpass_cards,
    meta_checkout,
    paypal_accounts,
    paypal_orders,
    samsung_pay_cards,
    sepa_debit_accounts,
    unknown_payment_methods,
    venmo_accounts,
    visa_checkout_cards,
)
from braintree_sandbox.sandbox import PassTime
from braintree_sandbox.vault.kinds import Kind
from braintree_sandbox.webhooks.outbox import AnyWatch

RESOURCES: Sequence[BraintreeRoutes] = (
    addresses.routes,
    adjustments.routes,
    apple_pay_domains.routes,
    bank_verifications.routes,
    card_verification_requests.routes,
    card_verification_search.routes,
    card_verifications.routes,
    client_tokens.routes,
    clones.routes,
    credit_cards.routes,
    customer_search.routes,
    customers.routes,
    dispute_searching.routes,
    dispute_steps.routes,
    document_uploads.routes,
    evidence.routes,
    expiring_cards.routes,
    merchant_accounts.routes,
    payment_method_grants.routes,
    payment_method_nonces.routes,
    payment_methods.routes,
    paypal_accounts.routes,
    paypal_orders.routes,
    plan_changes.routes,
    plans.routes,
    refunds.routes,
    sales.routes,
    searching.routes,
    sepa_debit_accounts.routes,
    settlement.routes,
    settlement_batch_summaries.routes,
    shipments.routes,
    steps.routes,
    submission.routes,
    subscription_search.routes,
    subscriptions.routes,
    three_d_secure.routes,
    us_bank_accounts.routes,
)
"""The resources of the API that Braintree's server libraries call."""

VAULTED_KINDS: Sequence[Kind[Any, Any]] = (
    cards.CARDS,
    us_bank_accounts.US_BANK_ACCOUNTS,
    amex_express_checkout_cards.AMEX_EXPRESS_CHECKOUT_CARDS,
    android_pay_cards.ANDROID_PAY_CARDS,
    apple_pay_cards.APPLE_PAY_CARDS,
    europe_bank_accounts.EUROPE_BANK_ACCOUNTS,
    masterpass_cards.MASTERPASS_CARDS,
    paypal_accounts.PAYPAL_ACCOUNTS,
    samsung_pay_cards.SAMSUNG_PAY_CARDS,
    sepa_debit_accounts.SEPA_DEBIT_ACCOUNTS,
    unknown_payment_methods.UNKNOWN_PAYMENT_METHODS,
    venmo_accounts.VENMO_ACCOUNTS,
    visa_checkout_cards.VISA_CHECKOUT_CARDS,
)
"""Payment methods that a customer can keep, in the order in which a customer's methods are listed."""

PASSING_KINDS: Sequence[Kind[Any, Any]] = (
    local_payments.LOCAL_PAYMENTS,
    meta_checkout.META_CHECKOUT_CARDS,
    meta_checkout.META_CHECKOUT_TOKENS,
)
"""Payment methods that pay once and are never vaulted."""

PASS_TIME: Sequence[PassTime] = (
    bank_verifications.pass_time,
    life.pass_time,
    billing.pass_time,
    settlement.pass_time,
    shipments.pass_time,
)
"""The functions that run when the clock moves, in this order."""

WATCHES: Sequence[AnyWatch] = (life.watch, transaction_webhooks.watch)
"""The changes of records that send a webhook."""

CLIENT_API: Sequence[ClientRoutes] = (
    client_credit_cards.routes,
    client_payment_methods.routes,
    client_three_d_secure.routes,
    client_paypal_accounts.routes,
    configuration.routes,
)
"""The resources of the client API, which browsers call."""

GRAPHQL: Sequence[Operations] = (
    basics.operations,
    customer_sessions.operations,
    exchange_rates.operations,
    graphql_cards.operations,
    graphql_local_payments.operations,
    graphql_us_bank_accounts.operations,
    graphql_vault.operations,
    instant_verification.operations,
)
"""The parts of the GraphQL schema."""

CONTROL: Sequence[ControlRoutes] = (
    clock.routes,
    control_disputes.routes,
    control_payment_methods.routes,
    fault_injection.routes,
    ledger.routes,
    merchants.routes,
    vault.routes,
    webhook_deliveries.routes,
    webhook_endpoints.routes,
    webhooks.routes,
)
"""The control API of tests, under /sandbox."""
