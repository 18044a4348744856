import assert from "node:assert/strict";
import { test } from "node:test";
import { all, card, codes, control, customer, gateway, gatewayOf, unique } from "./gateway.mjs";

const sold = async (fields) => {
  const result = await gateway.transaction.sale({
    amount: "10.00",
    paymentMethodToken: await card(await customer()),
    ...fields,
  });
  assert.equal(result.success, true, result.message);
  return result.transaction;
};

test("a sale is authorised, submitted, settled and refunded in part", async () => {
  const orderId = unique("order");
  const sale = await sold({ orderId, amount: 10.5, taxAmount: 1, customFields: { storeMe: "x" } });
  assert.equal(sale.status, "authorized");
  assert.equal(sale.amount, "10.50");
  assert.equal(sale.creditCard.last4, "1881");
  assert.equal(sale.customFields.storeMe, "x");
  assert.equal(sale.statusHistory[0].status, "authorized");

  const submitted = await gateway.transaction.submitForSettlement(sale.id, "9.00", { orderId: `${orderId}-2` });
  assert.equal(submitted.transaction.status, "submitted_for_settlement");
  await gateway.testing.settle(sale.id);
  const refund = await gateway.transaction.refund(sale.id, "4.00");
  assert.equal(refund.transaction.type, "credit");
  assert.equal(refund.transaction.refundedTransactionId, sale.id);
  const whole = await gateway.transaction.refund(sale.id);
  assert.equal(whole.transaction.amount, "5.00");
  assert.deepEqual((await gateway.transaction.find(sale.id)).refundIds.length, 2);
});

test("a sale is voided, reversed and cloned", async () => {
  const voided = await gateway.transaction.void((await sold()).id);
  assert.equal(voided.transaction.status, "voided");
  const typed = { number: "4111111111111111", expirationDate: "05/2030" };
  const { transaction } = await gateway.transaction.sale({ amount: "3.00", creditCard: typed });
  const clone = await gateway.transaction.cloneTransaction(transaction.id, {
    amount: "4.00",
    options: { submitForSettlement: false },
  });
  assert.equal(clone.transaction.amount, "4.00");
  await assert.rejects(gateway.transaction.find("nothing"), { type: "notFoundError" });
});

test("a sale is declined with its transaction, and refused with its codes", async () => {
  const declined = await gateway.transaction.sale({ amount: "2000.00", paymentMethodNonce: "fake-valid-nonce" });
  assert.equal(declined.success, false);
  assert.equal(declined.transaction.processorResponseCode, "2000");
  const refused = await gateway.transaction.sale({ amount: "nothing", paymentMethodNonce: "fake-valid-nonce" });
  assert.deepEqual(codes(refused, "transaction").on("amount"), ["81503"]);
});

test("a sale takes line items, addresses, a descriptor, an industry and risk data", async () => {
  const sale = await sold({
    lineItems: [
      { kind: "debit", name: "Bolts", quantity: "2.5", unitAmount: "2.00", totalAmount: "5.00", taxAmount: "0.50" },
      { kind: "credit", name: "Rebate", quantity: "1", unitAmount: "1.00", totalAmount: "1.00" },
    ],
    shipping: { firstName: "Pat", countryCodeAlpha2: "US" },
    descriptor: { name: "abc*def", phone: "3121234567", url: "x.com" },
    industry: { industryType: "lodging", data: { checkInDate: "2030-01-01", checkOutDate: "2030-01-02", roomRate: "80.00" } },
    riskData: { customerIp: "127.0.0.1" },
    externalVault: { status: "will_vault" },
  });
  const items = await gateway.transactionLineItem.findAll(sale.id);
  assert.deepEqual(items.map((item) => item.name).sort(), ["Bolts", "Rebate"]);
  assert.equal(sale.shipping.countryName, "United States of America");
  assert.equal(sale.descriptor.name, "abc*def");
});

test("parts are settled, an authorisation is adjusted and details are updated", async () => {
  const sale = await sold({ amount: "10.00" });
  const part = await gateway.transaction.submitForPartialSettlement(sale.id, "4.00");
  assert.equal(part.transaction.authorizedTransactionId, sale.id);
  const other = await sold({ merchantAccountId: "fake_first_data_merchant_account" });
  assert.equal((await gateway.transaction.adjustAuthorization(other.id, "12.00")).transaction.amount, "12.00");
  const submitted = await sold({ options: { submitForSettlement: true } });
  const updated = await gateway.transaction.updateDetails(submitted.id, { amount: "8.00", orderId: "2" });
  assert.equal(updated.transaction.amount, "8.00");
});

test("searches stream over more than one page, by every kind of term", async () => {
  const orderId = unique("order");
  const token = await card(await customer());
  const since = new Date(Date.now() - 60_000);
  await Promise.all(
    Array.from({ length: 55 }, () => gateway.transaction.sale({ amount: "1.00", orderId, paymentMethodToken: token })),
  );
  const found = gateway.transaction.search((search) => {
    search.orderId().is(orderId);
    search.amount().between("0.50", 1.5);
    search.createdAt().between(since, new Date(Date.now() + 60_000));
    search.type().is("sale");
    search.status().in(["authorized", "submitted_for_settlement"]);
    search.refund().is(false);
  });
  const ids = new Set((await all(found)).map((one) => one.id));
  assert.equal(ids.size, 55);
});

test("a search finds what happened at a moment that is given as a Date", async () => {
  const sale = await sold();
  const at = gateway.transaction.search((search) => {
    search.id().is(sale.id);
    search.createdAt().is(new Date(sale.createdAt));
  });
  assert.deepEqual((await all(at)).map((one) => one.id), [sale.id]);
});

test("the verbs for tests move a debit", async () => {
  const debit = {
    amount: "10.00",
    paymentMethodNonce: "fake-us-bank-account-nonce",
    merchantAccountId: "us_bank_merchant_account",
    options: { submitForSettlement: true },
  };
  const { transaction } = await gateway.transaction.sale(debit);
  assert.equal(transaction.status, "settlement_pending");
  await gateway.testing.settlementDecline(transaction.id);
  assert.equal((await gateway.transaction.find(transaction.id)).status, "settlement_declined");
});

test("settled sales are summed up by day", async () => {
  const sale = await sold({ options: { submitForSettlement: true }, customFields: { storeMe: unique("group") } });
  await gateway.testing.settle(sale.id);
  const settled = await gateway.transaction.find(sale.id);
  const result = await gateway.settlementBatchSummary.generate({
    settlementDate: settled.settlementBatchId.split("_")[0],
    groupByCustomField: "store_me",
  });
  const records = result.settlementBatchSummary.records;
  assert.ok(records.some((one) => one.store_me === sale.customFields.storeMe && one.count === "1"));
});

test("a fault reaches this library as it reaches the others", async () => {
  const orderId = unique("order");
  await control("POST", "/faults", { kind: "status", status: 503, match: { body: orderId } });
  const sale = { amount: "1.00", orderId, paymentMethodNonce: "fake-valid-nonce" };
  await assert.rejects(gateway.transaction.sale({ ...sale }), { type: "serviceUnavailableError" });
  assert.equal((await gateway.transaction.sale({ ...sale })).success, true);
});

test("wrong keys are refused", async () => {
  const stranger = gatewayOf("integration");
  stranger.config.privateKey = "wrong";
  await assert.rejects(stranger.customer.find("anybody"), { type: "authenticationError" });
});
