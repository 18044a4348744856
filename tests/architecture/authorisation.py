"""The authorisation matrix: who may call each operation, and what the response to another account's row is.

tests/architecture/test_authorisation.py compares it with the signatures, tests/http/test_authorisation.py with the app.
"""

from dataclasses import dataclass

from billing_api.auth.caller import Role
from billing_api.auth.scopes import Scope

VIEWER: frozenset[Role] = frozenset({"owner", "payer", "viewer"})
PAYER: frozenset[Role] = frozenset({"owner", "payer"})
OWNER: frozenset[Role] = frozenset({"owner"})
ANYONE: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """Which roles may call, or the scope of a partner's token; neither needs no token.

    `names_a_row`: another account's row is a 404, never a 403.
    """

    roles: frozenset[Role]
    names_a_row: bool = False
    scope: Scope | None = None

    @property
    def needs_token(self) -> bool:
        return self.roles != ANYONE or self.scope is not None


def partner(scope: Scope) -> Policy:
    """A partner's client with this scope may call; the path names the account, and so a row."""
    return Policy(ANYONE, names_a_row=True, scope=scope)


MATRIX: dict[str, Policy] = {
    # The roles are those that signatures ask for; a row is named by the path.
    "keys_list": Policy(ANYONE),
    # A client's secret is the proof.
    "oauth_create_token": Policy(ANYONE),
    "oauth_revoke_token": Policy(ANYONE),
    "oauth_get_metadata": Policy(ANYONE),
    "portal_config_get": Policy(ANYONE),
    "sessions_create": Policy(ANYONE),
    "sessions_refresh": Policy(ANYONE),
    "password_resets_create": Policy(ANYONE),
    "password_resets_confirm": Policy(ANYONE),
    "sessions_list": Policy(VIEWER),
    "sessions_get_current": Policy(VIEWER),
    # Signing out succeeds for everybody; it ends the session whose token or cookie is sent.
    "sessions_sign_out": Policy(ANYONE),
    "sessions_end": Policy(VIEWER, names_a_row=True),
    "password_change": Policy(VIEWER),
    "profile_get": Policy(VIEWER),
    "profile_update": Policy(OWNER),
    "notification_preferences_get": Policy(VIEWER),
    "notification_preferences_put": Policy(VIEWER),
    "profile_take_back_email": Policy(OWNER),
    "profile_confirm_email": Policy(ANYONE),
    "addresses_list": Policy(VIEWER),
    "addresses_create": Policy(PAYER),
    "addresses_get": Policy(VIEWER, names_a_row=True),
    "addresses_update": Policy(PAYER, names_a_row=True),
    "addresses_remove": Policy(PAYER, names_a_row=True),
    "payment_methods_list": Policy(VIEWER),
    "payment_methods_create_client_token": Policy(PAYER),
    "payment_methods_create": Policy(PAYER),
    "payment_methods_get": Policy(VIEWER, names_a_row=True),
    "payment_methods_update": Policy(PAYER, names_a_row=True),
    "payment_methods_create_nonce": Policy(PAYER, names_a_row=True),
    "payment_methods_replace": Policy(PAYER, names_a_row=True),
    "payment_methods_verify": Policy(PAYER, names_a_row=True),
    "payment_methods_remove": Policy(PAYER, names_a_row=True),
    "overview_get": Policy(VIEWER),
    "balance_get": Policy(VIEWER),
    "balance_history_get": Policy(VIEWER),
    "invoices_list": Policy(VIEWER),
    "invoices_export": Policy(VIEWER),
    "invoices_send_emails": Policy(PAYER, names_a_row=True),
    "invoices_list_emails": Policy(VIEWER, names_a_row=True),
    "payments_send_emails": Policy(PAYER, names_a_row=True),
    "payments_list_emails": Policy(VIEWER, names_a_row=True),
    "invoices_get": Policy(VIEWER, names_a_row=True),
    "invoices_print": Policy(VIEWER, names_a_row=True),
    "disputes_list": Policy(VIEWER, names_a_row=True),
    "disputes_create": Policy(PAYER, names_a_row=True),
    "disputes_get": Policy(VIEWER, names_a_row=True),
    "disputes_withdraw": Policy(PAYER, names_a_row=True),
    "autopay_get": Policy(VIEWER),
    "autopay_update": Policy(PAYER),
    "autopay_list_upcoming": Policy(VIEWER),
    "payments_list": Policy(VIEWER),
    "payments_quote": Policy(VIEWER),
    "payments_create": Policy(PAYER),
    "payments_get": Policy(VIEWER, names_a_row=True),
    "payments_update": Policy(PAYER, names_a_row=True),
    "payments_cancel": Policy(PAYER, names_a_row=True),
    "payments_print_receipt": Policy(VIEWER, names_a_row=True),
    "download_links_create": Policy(VIEWER),
    # The link is the proof; its user's rights are checked again.
    "downloads_open": Policy(ANYONE),
    "chargebacks_list": Policy(VIEWER),
    "chargebacks_get": Policy(VIEWER, names_a_row=True),
    "refunds_list": Policy(VIEWER, names_a_row=True),
    "refunds_get": Policy(VIEWER, names_a_row=True),
    "transactions_list": Policy(VIEWER),
    "transactions_export": Policy(VIEWER),
    # A statement changes nothing: it is a way of reading.
    "statements_list": Policy(VIEWER),
    "statements_create": Policy(VIEWER),
    "statements_get": Policy(VIEWER, names_a_row=True),
    "statements_print": Policy(VIEWER, names_a_row=True),
    "statements_list_lines": Policy(VIEWER, names_a_row=True),
    "statements_send_emails": Policy(PAYER, names_a_row=True),
    "statements_list_emails": Policy(VIEWER, names_a_row=True),
    "statement_schedule_get": Policy(VIEWER),
    "statement_schedule_update": Policy(PAYER),
    "account_invoices_list": partner("invoices:read"),
    "account_invoices_get": partner("invoices:read"),
    "account_invoices_void": partner("invoices:write"),
    "account_payments_list": partner("payments:read"),
    "account_payments_record": partner("payments:write"),
    "account_payments_get": partner("payments:read"),
    "account_payments_return": partner("payments:write"),
    "account_refunds_list": partner("refunds:read"),
    "account_refunds_create": partner("refunds:write"),
    "account_refunds_get": partner("refunds:read"),
    "applications_list": partner("payments:read"),
    "applications_create": partner("payments:write"),
    "applications_get": partner("payments:read"),
    "applications_reverse": partner("payments:write"),
    # A payout has the payments of many accounts.
    "payouts_list": Policy(ANYONE, scope="payments:read"),
    "payouts_get": Policy(ANYONE, names_a_row=True, scope="payments:read"),
    "payouts_list_items": Policy(ANYONE, names_a_row=True, scope="payments:read"),
    "write_offs_list": partner("invoices:read"),
    "write_offs_create": partner("invoices:write"),
    "write_offs_get": partner("invoices:read"),
    "write_offs_reverse": partner("invoices:write"),
    # Braintree has no token: its signature is the proof.
    "gateway_webhooks_receive": Policy(ANYONE),
    "gateway_webhooks_verify": Policy(ANYONE),
}
