// What a portal's own script does: it asks our API for a client token, has Braintree's script turn details into a
// nonce, and gives the nonce to our API. Fields of Braintree's own (Hosted Fields) can't be served by the sandbox.

async function call(api, path, accessToken, body, headers = {}) {
  const response = await fetch(api + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function read({ api, path, accessToken }) {
  const response = await fetch(api + path, { headers: { Authorization: `Bearer ${accessToken}` } });
  return response.json();
}

async function signOut({ api, accessToken }) {
  const response = await fetch(`${api}/v1/sessions/current`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${accessToken}`, "X-Requested-With": "portal" },
    credentials: "include", // else the browser keeps what the answer tells it to clear
  });
  return response.status;
}

async function clientFor(authorization) {
  return braintree.client.create({ authorization });
}

async function tokenizeCard({ authorization, creditCard }) {
  try {
    const client = await clientFor(authorization);
    const answer = await client.request({
      endpoint: "payment_methods/credit_cards",
      method: "post",
      data: { creditCard },
    });
    return { nonce: answer.creditCards[0].nonce, details: answer.creditCards[0].details };
  } catch (error) {
    return refusal(error);
  }
}

async function tokenizeBankAccount({ authorization, bankDetails, mandateText }) {
  try {
    const client = await clientFor(authorization);
    const bank = await braintree.usBankAccount.create({ client });
    const { nonce, description } = await bank.tokenize({ bankDetails, mandateText });
    return { nonce, description };
  } catch (error) {
    return refusal(error);
  }
}

async function vaultedMethods({ authorization }) {
  const manager = await braintree.vaultManager.create({ client: await clientFor(authorization) });
  return manager.fetchPaymentMethods({ defaultFirst: true });
}

async function removeMethod({ authorization, nonce }) {
  const manager = await braintree.vaultManager.create({ client: await clientFor(authorization) });
  return manager.deletePaymentMethod(nonce);
}

async function addCard({ api, accessToken, creditCard }) {
  const token = await call(api, "/v1/payment-methods/client-token", accessToken, {});
  const { nonce } = await tokenizeCard({ authorization: token.body.client_token, creditCard });
  return call(api, "/v1/payment-methods", accessToken, { type: "card", nonce });
}

async function addBankAccount({ api, accessToken, bankDetails, mandateText }) {
  const token = await call(api, "/v1/payment-methods/client-token", accessToken, {});
  const { nonce } = await tokenizeBankAccount({ authorization: token.body.client_token, bankDetails, mandateText });
  const mandate = { text: mandateText, accepted_at: new Date().toISOString() };
  return call(api, "/v1/payment-methods", accessToken, { type: "us_bank_account", nonce, mandate });
}

async function deviceDataOf(client) {
  return (await braintree.dataCollector.create({ client })).deviceData;
}

// 3-D Secure of a nonce's card: the bank may ask its owner, and the returned nonce knows the result.
async function authenticated(client, nonce, bin, amount) {
  const threeDSecure = await braintree.threeDSecure.create({ version: 2, client });
  return threeDSecure.verifyCard({ nonce, bin, amount, onLookupComplete: (_, next) => next() });
}

async function payment(api, accessToken, body) {
  return call(api, "/v1/payments", accessToken, body, { "Idempotency-Key": crypto.randomUUID() });
}

async function payByCard({ api, accessToken, creditCard, store, amount, body }) {
  const token = await call(api, "/v1/payment-methods/client-token", accessToken, {});
  const client = await clientFor(token.body.client_token);
  const { nonce, details } = await tokenizeCard({ authorization: token.body.client_token, creditCard });
  const verified = await authenticated(client, nonce, details.bin, amount);
  const device_data = await deviceDataOf(client);
  const payment_method = { type: "card", nonce: verified.nonce, store };
  return { ...(await payment(api, accessToken, { ...body, payment_method, device_data })), device_data };
}

async function payByStoredCard({ api, accessToken, id, bin, amount, body }) {
  const token = await call(api, "/v1/payment-methods/client-token", accessToken, {});
  const client = await clientFor(token.body.client_token);
  const made = await call(api, `/v1/payment-methods/${id}/nonces`, accessToken, {});
  const verified = await authenticated(client, made.body.nonce, bin, amount);
  const device_data = await deviceDataOf(client);
  const three_d_secure_nonce = verified.nonce;
  return payment(api, accessToken, { ...body, payment_method_id: id, three_d_secure_nonce, device_data });
}

function refusal(error) {
  const cause = error.details?.originalError;
  // A GraphQL answer's errors come wrapped a second time.
  return { code: error.code, status: error.details?.httpStatus, cause: cause?.details?.originalError ?? cause };
}
