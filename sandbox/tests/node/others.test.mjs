import assert from "node:assert/strict";
import { test } from "node:test";
import braintree from "braintree";
import { all, card, customer, gateway } from "./gateway.mjs";

test("a card is verified by itself, and verifications are searched", async () => {
  const result = await gateway.creditCardVerification.create({
    creditCard: { number: "4111111111111111", expirationDate: "05/2030", cardholderName: "Pat Payer" },
    options: { amount: "1.00" },
  });
  assert.equal(result.success, true, result.message);
  const { id } = result.verification;
  const found = gateway.creditCardVerification.search((search) => {
    search.id().is(id);
    search.creditCardCardholderName().contains("Payer");
    search.status().in(["verified"]);
  });
  assert.deepEqual((await all(found)).map((one) => one.id), [id]);
});

test("a PayPal account is found, changed and deleted, and a SEPA account charged", async () => {
  const token = await card(await customer(), "fake-paypal-billing-agreement-nonce");
  assert.equal((await gateway.paypalAccount.find(token)).email, "jane.doe@paypal.com");
  const changed = await gateway.paypalAccount.update(token, { options: { makeDefault: true } });
  assert.equal(changed.success, true, changed.message);
  await gateway.paypalAccount.delete(token);
  await assert.rejects(gateway.paypalAccount.find(token), { type: "notFoundError" });

  const sepa = await card(await customer(), "fake-sepa-direct-debit-nonce");
  assert.equal((await gateway.sepaDirectDebitAccount.find(sepa)).token, sepa);
  const sale = await gateway.transaction.sale({
    amount: "10.00",
    paymentMethodToken: sepa,
    options: { submitForSettlement: true },
  });
  assert.equal(sale.transaction.status, "settling", sale.message);
});

test("wallets are vaulted as what they are", async () => {
  const kinds = {
    "fake-apple-pay-visa-nonce": "ApplePayCard",
    "fake-android-pay-visa-nonce": "AndroidPayCard",
    "fake-venmo-account-nonce": "VenmoAccount",
    "fake-us-bank-account-nonce": "UsBankAccount",
  };
  for (const [paymentMethodNonce, kind] of Object.entries(kinds)) {
    const created = await gateway.paymentMethod.create({ customerId: await customer(), paymentMethodNonce });
    assert.equal(created.success, true, created.message);
    assert.equal(created.paymentMethod.constructor.name, kind);
    assert.equal((await gateway.paymentMethod.find(created.paymentMethod.token)).constructor.name, kind);
  }
});

test("rates are quoted and a token for signing in to a bank is made, by GraphQL", async () => {
  const quoted = await gateway.exchangeRateQuote.generate({
    quotes: [{ baseCurrency: "USD", quoteCurrency: "EUR", baseAmount: "12.19" }],
  });
  assert.equal(quoted.exchangeRateQuotePayload.quotes[0].quoteAmount.currencyCode, "EUR");
  const request = new braintree.BankAccountInstantVerificationJwtRequest()
    .businessName("Payers & Sons")
    .returnUrl("https://example.com/return");
  const { target } = await gateway.bankAccountInstantVerification.createJwt(request);
  assert.equal(target.jwt.split(".").length, 3);
});
