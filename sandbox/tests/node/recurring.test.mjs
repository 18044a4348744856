import assert from "node:assert/strict";
import { test } from "node:test";
import { all, card, customer, gateway, unique } from "./gateway.mjs";

test("a plan is made, found, listed and changed", async () => {
  const id = unique("plan");
  const fields = { id, name: "Monthly", price: "9.50", billingFrequency: 1, currencyIsoCode: "USD" };
  const created = await gateway.plan.create(fields);
  assert.equal(created.success, true, created.message);
  assert.equal((await gateway.plan.find(id)).price, "9.50");
  assert.equal((await gateway.plan.update(id, { name: "Every month", price: 8 })).plan.price, "8.00");
  assert.ok((await gateway.plan.all()).plans.some((plan) => plan.id === id));
});

test("a subscription with add-ons is billed, changed, searched and cancelled", async () => {
  const paymentMethodToken = await card(await customer());
  const created = await gateway.subscription.create({
    paymentMethodToken,
    planId: "integration_trialless_plan",
    price: "20.00",
    neverExpires: true,
    addOns: { add: [{ inheritedFromId: "increase_10", quantity: 2 }] },
    discounts: { add: [{ inheritedFromId: "discount_7", amount: "5.00" }] },
  });
  assert.equal(created.success, true, created.message);
  const { id, transactions } = created.subscription;
  assert.equal(transactions[0].amount, "35.00");

  const changed = await gateway.subscription.update(id, { price: "25.00", options: { prorateCharges: false } });
  assert.equal(changed.subscription.price, "25.00");
  const found = gateway.subscription.search((search) => {
    search.id().is(id);
    search.planId().is("integration_trialless_plan");
    search.status().in(["Active"]);
    search.price().between("20.00", "30.00");
  });
  assert.deepEqual((await all(found)).map((one) => one.id), [id]);
  const cancelled = await gateway.subscription.cancel(id);
  assert.equal(cancelled.subscription.status, "Canceled");
  assert.equal((await gateway.subscription.find(id)).neverExpires, true);
});

test("add-ons and discounts are listed", async () => {
  assert.ok((await gateway.addOn.all()).addOns.some((one) => one.id === "increase_10"));
  assert.ok((await gateway.discount.all()).discounts.some((one) => one.id === "discount_7"));
});

test("merchant accounts are found and listed", async () => {
  assert.equal((await gateway.merchantAccount.find("sandbox_credit_card")).currencyIsoCode, "USD");
  const ids = (await all(gateway.merchantAccount.all())).map((one) => one.id);
  assert.ok(ids.includes("us_bank_merchant_account"));
  assert.equal(new Set(ids).size, ids.length);
});

test("a method is shared and revoked", async () => {
  const token = await card(await customer());
  const granted = await gateway.paymentMethod.grant(token, { allowVaulting: true });
  assert.equal(granted.success, true, granted.message);
  assert.equal((await gateway.paymentMethod.revoke(token)).success, true);
});
