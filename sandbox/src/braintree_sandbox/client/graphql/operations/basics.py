"""`ping`, the configuration for browsers, and client tokens for servers."""

from braintree_sandbox.browsers.configuration import PLAID_PUBLIC_KEY, SUPPORTED_BRANDS, configuration_of
from braintree_sandbox.browsers.urls import ASSETS_URL
from braintree_sandbox.client.graphql.operation import Arguments, GraphqlCall, Operations
from braintree_sandbox.resources.client_tokens import client_token
from braintree_sandbox.wire.values import Params

operations = Operations("""
interface Node { id: ID! }

type MonetaryAmount { value: String! currencyCode: String! currencyIsoCode: String! }
input MonetaryAmountInput { value: String! currencyCode: String! }

extend type Query {
  ping: String!
  clientConfiguration: ClientConfiguration!
  node(id: ID!): Node
}
extend type Mutation { createClientToken(input: CreateClientTokenInput): CreateClientTokenPayload }

input CreateClientTokenInput { clientMutationId: String clientToken: ClientTokenInput }
input ClientTokenInput { customerId: ID merchantAccountId: ID domains: [String!] }
type CreateClientTokenPayload { clientMutationId: String clientToken: String! }

type ClientConfiguration {
  analyticsUrl: String
  environment: String!
  merchantId: String!
  assetsUrl: String!
  clientApiUrl: String!
  creditCard: CreditCardConfiguration
  applePayWeb: ApplePayWebConfiguration
  fastlane: FastlaneConfiguration
  googlePay: GooglePayConfiguration
  ideal: IdealConfiguration
  masterpass: MasterpassConfiguration
  openBanking: OpenBankingConfiguration
  paypal: PayPalConfiguration
  unionPay: UnionPayConfiguration
  usBankAccount: UsBankAccountConfiguration
  venmo: VenmoConfiguration
  visaCheckout: VisaCheckoutConfiguration
  braintreeApi: BraintreeApiConfiguration
  supportedFeatures: [String!]
}
type CreditCardConfiguration {
  supportedCardBrands: [String!]!
  challenges: [String!]!
  threeDSecureEnabled: Boolean!
  threeDSecure: ThreeDSecureConfiguration
}
type ThreeDSecureConfiguration {
  cardinalAuthenticationJWT: String cardinalSongbirdUrl: String cardinalSongbirdIdentityHash: String
}
type ApplePayWebConfiguration {
  countryCode: String currencyCode: String merchantIdentifier: String supportedCardBrands: [String!]
}
type FastlaneConfiguration { enabled: Boolean tokensOnDemand: TokensOnDemandConfiguration }
type TokensOnDemandConfiguration { enabled: Boolean tokenExchange: TokenExchangeConfiguration }
type TokenExchangeConfiguration { enabled: Boolean }
type GooglePayConfiguration {
  displayName: String supportedCardBrands: [String!] environment: String googleAuthorization: String
  paypalClientId: String
}
type IdealConfiguration { routeId: String assetsUrl: String }
type MasterpassConfiguration { merchantCheckoutId: String supportedCardBrands: [String!] }
type OpenBankingConfiguration { businessNames: [String!] allowListedDomains: [String!] profileId: String }
type PayPalConfiguration {
  displayName: String clientId: String assetsUrl: String environment: String environmentNoNetwork: Boolean
  unvettedMerchant: Boolean braintreeClientId: String billingAgreementsEnabled: Boolean merchantAccountId: String
  currencyCode: String payeeEmail: String
}
type UnionPayConfiguration { merchantAccountId: String }
type UsBankAccountConfiguration { routeId: String plaidPublicKey: String }
type VenmoConfiguration {
  merchantId: String accessToken: String environment: String enrichedCustomerDataEnabled: Boolean
}
type VisaCheckoutConfiguration { apiKey: String externalClientId: String supportedCardBrands: [String!] }
type BraintreeApiConfiguration { accessToken: String url: String }
""")


@operations.query("ping", for_browsers=True)
def ping(_call: GraphqlCall, _arguments: Arguments) -> str:
    """Return `pong`."""
    return "pong"


@operations.query("clientConfiguration", for_browsers=True)
def client_configuration(graphql: GraphqlCall, _arguments: Arguments) -> dict[str, object]:
    """Return the configuration for Braintree's script; null means that a feature is off."""
    call = graphql.call
    found = configuration_of(call)
    return {
        "environment": found.environment.upper(),
        "merchantId": call.merchant.id,
        "assetsUrl": ASSETS_URL,
        "clientApiUrl": found.client_api_url,
        "creditCard": {
            "supportedCardBrands": [brand.code for brand in SUPPORTED_BRANDS],
            "challenges": [name.upper() for name in found.challenges],
            "threeDSecureEnabled": True,
            "threeDSecure": found.three_d_secure,
        },
        "usBankAccount": {"routeId": call.merchant.id, "plaidPublicKey": PLAID_PUBLIC_KEY}
        if found.takes_bank_accounts
        else None,
        "supportedFeatures": [feature.upper() for feature in found.graphql_features] or None,
    }


@operations.mutation("createClientToken")
def create_client_token(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a client token; unlike the older call, this one does not require an existing merchant account."""
    sent = arguments.get("input") or {}
    wanted = sent.get("clientToken") or {}
    params: Params = {
        "customer_id": wanted.get("customerId"),
        "merchant_account_id": wanted.get("merchantAccountId"),
    }
    return {"clientMutationId": sent.get("clientMutationId"), "clientToken": client_token(graphql.call, params)}
