// Braintree's library for Node, as npm has it, and the sandbox that the environment names.
import braintree from "braintree";
import { randomBytes } from "node:crypto";

const host = process.env.SANDBOX_HOST;
const port = process.env.SANDBOX_PORT;

// Ids of this run's own: the sandbox is shared.
export const unique = (stem) => `${stem}-${randomBytes(6).toString("hex")}`;

export function gatewayOf(name) {
  return new braintree.BraintreeGateway({
    environment: new braintree.Environment(host, port, "", false, host, port),
    merchantId: `${name}_merchant_id`,
    publicKey: `${name}_public_key`,
    privateKey: `${name}_private_key`,
  });
}

export const gateway = gatewayOf("integration");

export async function control(method, path, body) {
  const response = await fetch(`http://${host}:${port}/sandbox${path}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} /sandbox${path}: ${answer.error}`);
  return answer;
}

export async function customer() {
  const created = await gateway.customer.create({ id: unique("customer") });
  return created.customer.id;
}

export async function card(customerId, nonce = "fake-valid-visa-nonce") {
  const created = await gateway.paymentMethod.create({ customerId, paymentMethodNonce: nonce });
  return created.paymentMethod.token;
}

export async function all(stream) {
  const found = [];
  for await (const one of stream) found.push(one);
  return found;
}

// The codes at a path of objects, such as codes(result, "transaction", "creditCard").on("number").
export const codes = (result, ...path) => ({
  on: (attribute) =>
    path.reduce((errors, name) => errors.for(name), result.errors).on(attribute).map((error) => error.code),
});
