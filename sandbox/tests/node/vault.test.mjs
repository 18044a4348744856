import assert from "node:assert/strict";
import { test } from "node:test";
import { all, card, codes, customer, gateway, unique } from "./gateway.mjs";

test("a customer with a card and an address is created, found, changed and deleted", async () => {
  const id = unique("customer");
  const created = await gateway.customer.create({
    id,
    firstName: "Zoë",
    company: "",
    customFields: { storeMe: "kept" },
    internationalPhone: { countryCode: "1", nationalNumber: "3121234567" },
    creditCard: {
      number: "4111111111111111",
      expirationDate: "05/2030",
      billingAddress: { streetAddress: "1 E Main St", countryCodeAlpha2: "US", postalCode: 60622 },
      options: { verifyCard: true },
    },
  });
  assert.equal(created.success, true, created.message);

  const found = await gateway.customer.find(id);
  assert.equal(found.firstName, "Zoë");
  assert.equal(found.customFields.storeMe, "kept");
  assert.equal(found.internationalPhone.countryCode, "1");
  assert.equal(found.creditCards[0].maskedNumber, "411111******1111");
  assert.equal(found.creditCards[0].billingAddress.countryName, "United States of America");
  assert.equal(found.creditCards[0].billingAddress.postalCode, "60622");
  assert.equal(found.creditCards[0].expired, false);
  assert.match(found.createdAt, /^\d{4}-\d\d-\d\dT/);

  const changed = await gateway.customer.update(id, { company: "Payers & Sons", firstName: null });
  assert.equal(changed.customer.company, "Payers & Sons");
  await gateway.customer.delete(id);
  await assert.rejects(gateway.customer.find(id), { type: "notFoundError" });
});

test("what is wrong has Braintree's codes", async () => {
  const refused = await gateway.customer.create({
    email: "nowhere",
    creditCard: { number: "4111111111111112", expirationDate: "05/2030" },
  });
  assert.equal(refused.success, false);
  assert.deepEqual(codes(refused, "customer").on("email"), ["81604"]);
  assert.deepEqual(codes(refused, "customer", "creditCard").on("number"), ["81715"]);
  assert.equal(refused.params.customer.email, "nowhere");
  await assert.rejects(gateway.customer.create({ unknown: "parameter" }));
});

test("an address is created, found, changed and deleted", async () => {
  const customerId = await customer();
  const { address } = await gateway.address.create({ customerId, locality: "Chicago", countryName: "Canada" });
  assert.equal((await gateway.address.find(customerId, address.id)).countryCodeAlpha3, "CAN");
  const changed = await gateway.address.update(customerId, address.id, { locality: "Toronto" });
  assert.equal(changed.address.locality, "Toronto");
  await gateway.address.delete(customerId, address.id);
  await assert.rejects(gateway.address.find(customerId, address.id), { type: "notFoundError" });
});

test("a typed card is created, found, changed and deleted", async () => {
  const customerId = await customer();
  const typed = { customerId, number: "4111111111111111", expirationMonth: 5, expirationYear: 2030 };
  const { creditCard } = await gateway.creditCard.create(typed);
  assert.equal((await gateway.creditCard.find(creditCard.token)).expirationDate, "05/2030");
  const changed = await gateway.creditCard.update(creditCard.token, { cardholderName: "Pat Payer" });
  assert.equal(changed.creditCard.cardholderName, "Pat Payer");
  const again = await gateway.creditCard.create({ ...typed, options: { failOnDuplicatePaymentMethod: true } });
  assert.deepEqual(codes(again, "creditCard").on("number"), ["81724"]);
  await gateway.creditCard.delete(creditCard.token);
  await assert.rejects(gateway.creditCard.find(creditCard.token), { type: "notFoundError" });
});

test("cards that expire are found by their months", async () => {
  const customerId = await customer();
  const typed = { customerId, number: "4111111111111111", expirationDate: "02/2031" };
  const { creditCard } = await gateway.creditCard.create(typed);
  const expiring = await all(gateway.creditCard.expiringBetween(new Date(2031, 1), new Date(2031, 1)));
  assert.ok(expiring.some((one) => one.token === creditCard.token));
});

test("a method of any kind is vaulted by a nonce, made the default, given a nonce and deleted", async () => {
  const customerId = await customer();
  const first = await card(customerId);
  const second = await card(customerId, "fake-paypal-billing-agreement-nonce");
  const changed = await gateway.paymentMethod.update(second, { options: { makeDefault: true } });
  assert.equal(changed.success, true, changed.message);
  assert.equal((await gateway.paymentMethod.find(second)).default, true);
  assert.equal((await gateway.paymentMethod.find(first)).constructor.name, "CreditCard");

  const { paymentMethodNonce } = await gateway.paymentMethodNonce.create(first);
  const nonce = await gateway.paymentMethodNonce.find(paymentMethodNonce.nonce);
  assert.equal(nonce.details.lastFour, "1881");
  assert.equal((await gateway.creditCard.fromNonce(paymentMethodNonce.nonce)).token, first);

  await gateway.paymentMethod.delete(second, { revokeAllGrants: false });
  await assert.rejects(gateway.paymentMethod.find(second), { type: "notFoundError" });
});

test("a declined card is not vaulted, and its verification is found", async () => {
  const refused = await gateway.paymentMethod.create({
    customerId: await customer(),
    paymentMethodNonce: "fake-processor-declined-visa-nonce",
    options: { verifyCard: true },
  });
  assert.equal(refused.success, false);
  assert.equal(refused.verification.status, "processor_declined");
  const found = await gateway.creditCardVerification.find(refused.verification.id);
  assert.equal(found.processorResponseCode, "2000");
});

test("customers are searched by text, by time and by several ids", async () => {
  const company = unique("company");
  const since = new Date(Date.now() - 60_000);
  const ids = [];
  for (let count = 0; count < 3; count++) {
    ids.push((await gateway.customer.create({ company })).customer.id);
  }
  const byText = gateway.customer.search((search) => {
    search.company().is(company);
    search.createdAt().min(since);
  });
  assert.deepEqual((await all(byText)).map((one) => one.id).sort(), [...ids].sort());
  const byIds = gateway.customer.search((search) => search.ids().in(ids.slice(1)));
  assert.equal((await all(byIds)).length, 2);
  const none = gateway.customer.search((search) => search.company().is(unique("nobody")));
  assert.deepEqual(await all(none), []);
});

test("a client token is made for a page", async () => {
  const customerId = await customer();
  const { clientToken } = await gateway.clientToken.generate({ customerId, options: { makeDefault: true } });
  const token = JSON.parse(Buffer.from(clientToken, "base64").toString());
  assert.equal(token.version, 2);
  assert.match(token.authorizationFingerprint, /\|/);
});
