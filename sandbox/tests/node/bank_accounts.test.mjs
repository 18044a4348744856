import assert from "node:assert/strict";
import { test } from "node:test";
import { all, codes, control, gatewayOf, unique } from "./gateway.mjs";

const gateway = gatewayOf("integration2");
const typed = (accountNumber) => ({ us_bank_account: { account_number: accountNumber, routing_number: "021000021" } });

async function account(accountNumber, usBankAccountVerificationMethod) {
  const { customer } = await gateway.customer.create({ id: unique("customer") });
  const path = `/nonces?merchant_id=${gateway.config.merchantId}`;
  const { nonce } = await control("POST", path, typed(accountNumber));
  const created = await gateway.paymentMethod.create({
    customerId: customer.id,
    paymentMethodNonce: nonce,
    options: {
      usBankAccountVerificationMethod,
      verificationMerchantAccountId: "us_bank_merchant_account",
    },
  });
  assert.equal(created.success, true, created.message);
  return created.paymentMethod;
}

test("an account is verified by micro-transfers and charged", async () => {
  const vaulted = await account("1000000000", "micro_transfers");
  assert.equal(vaulted.verified, false);
  const [verification] = vaulted.verifications;
  const sale = { amount: "10.00", paymentMethodToken: vaulted.token, merchantAccountId: "us_bank_merchant_account" };
  const early = await gateway.transaction.sale({ ...sale });
  assert.deepEqual(codes(early, "transaction").on("paymentMethodToken"), ["915172"]);

  const wrong = await gateway.usBankAccountVerification.confirmMicroTransferAmounts(verification.id, [1, 1]);
  assert.equal(wrong.success, false);
  const confirmed = await gateway.usBankAccountVerification.confirmMicroTransferAmounts(verification.id, [17, 29]);
  assert.equal(confirmed.success, true, confirmed.message);
  assert.equal(confirmed.usBankAccountVerification.status, "verified");

  const found = await gateway.usBankAccount.find(vaulted.token);
  assert.equal(found.verified, true);
  assert.equal(found.last4, "0000");
  const paid = await gateway.transaction.sale({ ...sale, options: { submitForSettlement: true } });
  assert.equal(paid.success, true, paid.message);
  assert.equal(paid.transaction.usBankAccount.achMandate.text, "cl mandate text");
});

test("verifications are found and searched", async () => {
  const vaulted = await account("1000000000", "network_check");
  const [{ id }] = vaulted.verifications;
  assert.equal((await gateway.usBankAccountVerification.find(id)).verificationMethod, "network_check");
  const search = gateway.usBankAccountVerification.search((terms) => {
    terms.id().is(id);
    terms.status().in(["verified"]);
    terms.accountNumber().endsWith("0000");
  });
  assert.deepEqual((await all(search)).map((one) => one.id), [id]);
});

test("a vaulted account is charged by its own gateway", async () => {
  const { token } = await account("1000000000", "independent_check");
  const sale = await gateway.usBankAccount.sale(token, {
    amount: "5.00",
    merchantAccountId: "us_bank_merchant_account",
    options: { submitForSettlement: true },
  });
  assert.equal(sale.success, true, sale.message);
  assert.equal(sale.transaction.status, "settlement_pending");
});
