"""3-D Secure on a sale: required, referred to, passed through, or behind the nonce."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.test.authentication_ids import AuthenticationIds
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway

from .errors import codes

# The older name of an authentication's id still works, and the SDK warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:three_d_secure_token:DeprecationWarning")

Codes = ErrorCodes.Transaction
ACCOUNT = "three_d_secure_merchant_account"
VISA = {"number": "4111111111111111", "expiration_date": "05/2030"}
OUTCOME = {"eci_flag": "02", "cavv": "some-cavv", "xid": "some-xid"}
ID, TOKEN = "three_d_secure_authentication_id", "three_d_secure_token"


def _sale(gateway: Gateway, **params: Any) -> Any:
    paid = {} if "payment_method_nonce" in params or "payment_method_token" in params else {"credit_card": VISA}
    return gateway.transaction.sale({"merchant_account_id": ACCOUNT, "amount": "1000.00", **paid, **params})


@pytest.fixture
def authentication(gateway: Gateway) -> str:
    """Return an authentication of the card that these tests pay with."""
    card = {"number": VISA["number"], "expiration_month": "05", "expiration_year": "2030"}
    return str(gateway.testing.create_3ds_verification(ACCOUNT, card))


@pytest.fixture
def nonce(gateway: Gateway) -> str:
    """Return a nonce of a card that was authenticated."""
    url = f"{gateway.config.base_merchant_path()}/three_d_secure/create_nonce/{ACCOUNT}"
    card = {"number": VISA["number"], "expiration_month": "05", "expiration_year": "2030"}
    return str(gateway.config.http().post(url, {"credit_card": card})["payment_method_nonce"]["nonce"])


class TestRequired:
    def test_a_sale_without_is_rejected(self, gateway: Gateway) -> None:
        result = _sale(gateway, options={"three_d_secure": {"required": True}})
        assert (result.transaction.status, result.transaction.gateway_rejection_reason) == (
            "gateway_rejected", "three_d_secure",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("paid", "approved"),
        [
            (Nonces.ThreeDSecureVisaFullAuthentication, True),
            (Nonces.ThreeDSecureVisaFailedAuthentication, False),
        ],
    )
    def test_only_an_authenticated_nonce_pays(self, gateway: Gateway, paid: str, approved: bool) -> None:
        result = _sale(gateway, payment_method_nonce=paid, options={"three_d_secure": {"required": True}})
        assert result.is_success is approved


class TestAuthenticationById:
    @pytest.mark.parametrize("name", [ID, TOKEN])
    def test_the_card_that_was_authenticated(self, gateway: Gateway, authentication: str, name: str) -> None:
        result = _sale(gateway, **{name: authentication}, options={"three_d_secure": {"required": True}})
        info = result.transaction.three_d_secure_info
        assert (info.status, info.enrolled, info.liability_shifted) == ("authenticate_successful", "Y", True)
        assert info.three_d_secure_authentication_id == authentication

    def test_by_the_id_of_a_nonce(self, gateway: Gateway, nonce: str) -> None:
        info = gateway.payment_method_nonce.find(nonce).three_d_secure_info
        assert _sale(gateway, payment_method_nonce=nonce, **{ID: info.three_d_secure_authentication_id}).is_success

    def test_for_a_vaulted_card(self, gateway: Gateway, customer_id: str, authentication: str) -> None:
        token = gateway.credit_card.create({"customer_id": customer_id, **VISA}).credit_card.token
        assert _sale(gateway, payment_method_token=token, **{ID: authentication}).is_success

    def test_the_ids_that_are_known_to_everybody(self, gateway: Gateway) -> None:
        card = {"number": "4012888888881881", "expiration_date": "12/2030"}
        result = _sale(gateway, credit_card=card, **{ID: AuthenticationIds.ThreeDSecureVisaFullAuthentication})
        # The id is known; the card that it stands for expires a year from now.
        assert codes(result, "transaction", ID) == [
            Codes.ThreeDSecureTransactionPaymentMethodDoesntMatchThreeDSecureAuthenticationPaymentMethod
        ]

    @pytest.mark.parametrize(
        ("name", "unknown", "another"),
        [
            (
                ID,
                Codes.ThreeDSecureAuthenticationIdIsInvalid,
                Codes.ThreeDSecureTransactionPaymentMethodDoesntMatchThreeDSecureAuthenticationPaymentMethod,
            ),
            (TOKEN, Codes.ThreeDSecureTokenIsInvalid, Codes.ThreeDSecureTransactionDataDoesntMatchVerify),
        ],
    )
    def test_an_unknown_id_or_another_card_is_refused(
        self, gateway: Gateway, authentication: str, name: str, unknown: str, another: str
    ) -> None:
        other = {"number": "5105105105105100", "expiration_date": "05/2030"}
        assert codes(_sale(gateway, **{name: None}), "transaction", name) == [unknown]
        assert codes(_sale(gateway, **{name: "nothing"}), "transaction", name) == [unknown]
        assert codes(_sale(gateway, credit_card=other, **{name: authentication}), "transaction", name) == [another]

    def test_an_id_that_is_not_the_nonces(self, gateway: Gateway, nonce: str, authentication: str) -> None:
        result = _sale(gateway, payment_method_nonce=nonce, **{ID: authentication})
        assert codes(result, "transaction", ID) == [
            Codes.ThreeDSecureAuthenticationIdDoesntMatchNonceThreeDSecureAuthentication
        ]

    def test_an_id_of_another_account(self, gateway: Gateway, authentication: str) -> None:
        result = _sale(gateway, merchant_account_id="sandbox_credit_card", **{ID: authentication})
        assert codes(result, "transaction", "merchant_account_id") == [
            Codes.MerchantAccountDoesNotMatch3DSecureMerchantAccount
        ]

    def test_an_id_beside_an_outcome(self, gateway: Gateway, authentication: str) -> None:
        result = _sale(gateway, three_d_secure_pass_thru=OUTCOME, **{ID: authentication})
        assert codes(result, "transaction", ID) == [Codes.ThreeDSecureAuthenticationIdWithThreeDSecurePassThruIsInvalid]


class TestPassedThrough:
    def test_is_shown(self, gateway: Gateway) -> None:
        made = _sale(gateway, three_d_secure_pass_thru=OUTCOME).transaction
        info = made.three_d_secure_info
        assert (made.status, info.eci_flag, info.cavv, info.xid) == ("authorized", "02", "some-cavv", "some-xid")

    def test_the_second_version_needs_no_xid(self, gateway: Gateway) -> None:
        second = {"eci_flag": "05", "cavv": "c", "three_d_secure_version": "2.2.0", "ds_transaction_id": "d"}
        assert _sale(gateway, three_d_secure_pass_thru=second).is_success

    @pytest.mark.parametrize(
        ("change", "attribute", "code"),
        [
            ({"eci_flag": ""}, "eci_flag", Codes.ThreeDSecureEciFlagIsRequired),
            ({"eci_flag": "99"}, "eci_flag", Codes.ThreeDSecureEciFlagIsInvalid),
            ({"cavv": ""}, "cavv", Codes.ThreeDSecureCavvIsRequired),
            ({"xid": ""}, "xid", Codes.ThreeDSecureXidIsRequired),
            (
                {"authentication_response": "maybe"},
                "authentication_response", Codes.ThreeDSecureAuthenticationResponseIsInvalid,
            ),
            ({"directory_response": "maybe"}, "directory_response", Codes.ThreeDSecureDirectoryResponseIsInvalid),
            ({"cavv_algorithm": "maybe"}, "cavv_algorithm", Codes.ThreeDSecureCavvAlgorithmIsInvalid),
        ],
    )  # fmt: skip
    def test_is_checked(self, gateway: Gateway, change: dict[str, str], attribute: str, code: str) -> None:
        result = _sale(gateway, three_d_secure_pass_thru=OUTCOME | change)
        assert codes(result, "transaction.three_d_secure_pass_thru", attribute) == [code]

    def test_not_by_every_processor(self, gateway: Gateway) -> None:
        result = _sale(gateway, merchant_account_id="heartland_ma", three_d_secure_pass_thru=OUTCOME)
        assert codes(result, "transaction", "merchant_account_id") == [
            Codes.ThreeDSecureMerchantAccountDoesNotSupportCardType
        ]
