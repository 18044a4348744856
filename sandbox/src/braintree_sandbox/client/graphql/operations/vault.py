"""Removing a customer's payment method from the vault by its nonce in the browser."""

from braintree_sandbox.client.graphql.operation import (
    Arguments,
    ErrorClass,
    GraphqlCall,
    OperationError,
    Operations,
)
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.vault import methods

operations = Operations("""
extend type Mutation {
  deletePaymentMethodFromSingleUseToken(
    input: DeletePaymentMethodFromSingleUseTokenInput!
  ): DeletePaymentMethodFromSingleUseTokenPayload
}
input DeletePaymentMethodFromSingleUseTokenInput { clientMutationId: String singleUseTokenId: ID! }
type DeletePaymentMethodFromSingleUseTokenPayload { clientMutationId: String }
""")


@operations.mutation("deletePaymentMethodFromSingleUseToken", for_browsers=True)
def delete_payment_method(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Remove the method if it belongs to the client token's customer."""
    work, customer = graphql.call.work, graphql.client.customer()
    nonce = work.get(Nonce, arguments["input"]["singleUseTokenId"])
    method = methods.find(work, nonce.token) if nonce else None
    if method is None or (customer is not None and method.customer_id != customer.id):
        raise OperationError(ErrorClass.NOT_FOUND, "No payment method belongs to this single-use token.")
    if customer is None and graphql.credential is not None:
        raise OperationError(ErrorClass.AUTHORIZATION, "Only a customer's own client token may remove their methods.")
    methods.remove(graphql.call, method)
    return {"clientMutationId": arguments["input"].get("clientMutationId")}
