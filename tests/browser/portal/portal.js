// What a portal's own script does: it asks our API for a client token, has Braintree's script turn details into a
// nonce, and gives the nonce to our API. Fields of Braintree's own (Hosted Fields) can't be served by the sandbox.

async function call(api, path, accessToken, body) {
  const response = await fetch(api + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" },
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

function refusal(error) {
  const cause = error.details?.originalError;
  // A GraphQL answer's errors come wrapped a second time.
  return { code: error.code, status: error.details?.httpStatus, cause: cause?.details?.originalError ?? cause };
}
