"""The bodies of requests and responses: the service's fields in the service's order."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Raw, Struct


class Invoice(Struct):
    """As lists have it."""

    id: UUID
    number: str
    type: str
    po_number: str | None
    status: str
    payment_status: str
    overdue: bool
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    total: int
    amount_due: int
    amount_pending: int
    contested: int


class InvoicePage(Struct):
    """GET /v1/invoices."""

    data: list[Invoice]
    next_cursor: str | None
    has_more: bool


class InvoiceDetail(Struct):
    """GET /v1/invoices/{id}; PostgreSQL writes the JSON of the parts."""

    id: UUID
    number: str
    external_id: str | None
    type: str
    po_number: str | None
    status: str
    payment_status: str
    overdue: bool
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    memo: str | None
    net: int
    tax: int
    total: int
    paid: int
    credited: int
    deposit_applied: int
    discounted: int
    written_off: int
    voided: int
    amount_due: int
    amount_pending: int
    contested: int
    discount: None
    lines: Raw
    taxes: Raw
    applications: Raw
    created_at: datetime
    updated_at: datetime


class Transaction(Struct):
    """An entry of the history."""

    id: UUID
    type: str
    number: str
    document_id: UUID
    invoice_id: UUID | None
    effective_on: date
    posted_at: datetime
    currency: str
    amount: int
    balance_effect: int


class TransactionPage(Struct):
    """GET /v1/transactions."""

    data: list[Transaction]
    next_cursor: str | None
    has_more: bool


class Terms(Struct):
    """When invoices are due."""

    net_days: int
    discount_basis_points: int
    discount_days: int
    discount_includes_tax: bool


class Ageing(Struct):
    """The due amounts, by the days that they are late."""

    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int


class CurrencyBalance(Struct):
    """The balance in one currency."""

    currency: str
    balance: int
    due: int
    overdue: int
    pending: int
    due_after_pending: int
    unapplied_credits: int
    unapplied_deposits: int
    ageing: Ageing
    contested: Ageing


class Balance(Struct):
    """GET /v1/balance."""

    as_of: date
    currency: str
    credit_limit: int | None
    terms: Terms
    balances: list[CurrencyBalance]


class PendingEmail(Struct):
    """A new address that is to be confirmed."""

    email: str
    requested_at: datetime
    expires_at: datetime


class Profile(Struct):
    """As the overview has it."""

    version: int
    account_id: UUID
    company_name: str
    contact_name: str | None
    phone: str | None
    phone_extension: str | None
    email: str | None
    pending_email: PendingEmail | None
    locale: str
    currency: str
    terms: Terms
    updated_at: datetime


class NewAddress(Struct):
    """The body of POST /v1/addresses, with both flags."""

    recipient: str
    line1: str
    country: str
    default_billing: bool
    default_shipping: bool
    label: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    phone_extension: str | None = None


class Address(Struct):
    """The response of POST /v1/addresses."""

    version: int
    id: UUID
    label: str | None
    recipient: str
    line1: str
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str
    phone: str | None
    phone_extension: str | None
    default_billing: bool
    default_shipping: bool
    created_at: datetime
    updated_at: datetime


class Card(Struct):
    """A stored card; those that are measured have no billing address."""

    brand: str
    cardholder_name: str | None
    expiration_month: int
    expiration_year: int
    expired: bool
    expires_soon: bool
    billing_address: None
    three_d_secure: None


class PaymentMethod(Struct):
    """A stored card; the accounts that are measured have no bank accounts."""

    version: int
    id: UUID
    type: str
    status: str
    default: bool
    blocked: None
    last4: str
    card: Card
    us_bank_account: None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None


class Overview(Struct):
    """GET /v1/overview."""

    balance: Balance
    newest_invoices: list[Invoice]
    profile: Profile
    default_shipping_address: Address | None
    default_payment_method: PaymentMethod | None


class PaidInvoice(Struct):
    """An invoice of a quote or a payment; without an amount, all that is payable."""

    invoice_id: UUID
    amount: int | None = None


class PaidInvoices(Struct):
    """The invoices of a quote or a payment."""

    type: str
    invoices: list[PaidInvoice]


class NewQuote(Struct):
    """The body of POST /v1/payments/quote."""

    currency: str
    pay: PaidInvoices


class QuoteLine(Struct):
    """One invoice of a quote."""

    invoice_id: UUID
    number: str
    amount_due: int
    payable: int
    amount: int
    credited: int = 0
    deposit_applied: int = 0
    discounted: int = 0


class Quote(Struct):
    """The response of POST /v1/payments/quote; all the invoices that are measured can be paid online."""

    currency: str
    amount: int
    credited: int
    deposit_applied: int
    discounted: int
    overpayment: int
    invoices: list[QuoteLine]
    more_payable: bool
    credits: list[None]
    can_be_paid: bool
    problem: None
    payment_method_types: list[str]
    quote_version: str


class NewPayment(Struct):
    """The body of POST /v1/payments."""

    currency: str
    pay: PaidInvoices
    payment_method_id: UUID


class Allocation(Struct):
    """The part of a payment that one invoice gets."""

    invoice_id: UUID
    invoice_number: str
    amount: int
    credited: int = 0
    deposit_applied: int = 0
    discounted: int = 0


class Payment(Struct):
    """The response of POST /v1/payments."""

    version: int
    id: UUID
    number: str
    type: str
    status: str
    currency: str
    amount: int
    unapplied: int
    credited: int
    deposit_applied: int
    discounted: int
    overpaid: int
    refunded: int
    refund_pending: int
    disputed: int
    received_on: date
    payment_method_id: UUID
    brand: str | None
    last4: str | None
    reference: None
    decline: None
    scheduled_on: None
    is_autopay: bool
    next_check_at: None
    created_at: datetime
    updated_at: datetime
    allocations: list[Allocation]
    credits: list[None]
    schedule: None
    three_d_secure: None
    deposit_id: None
    resolved_by: None
