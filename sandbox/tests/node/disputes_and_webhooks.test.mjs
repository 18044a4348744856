import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { all, control, gateway, unique } from "./gateway.mjs";

async function dispute() {
  const typed = { number: "4023898493988028", expirationDate: "05/2030" };
  const sale = await gateway.transaction.sale({ amount: "10.00", orderId: unique("order"), creditCard: typed });
  return sale.transaction.disputes[0].id;
}

test("a dispute gets a text and a document, loses one of them, and is finalized", async () => {
  const id = await dispute();
  const folder = await mkdtemp(join(tmpdir(), "document-"));
  try {
    const path = join(folder, "receipt.png");
    await writeFile(path, Buffer.from("89504e470d0a1a0a", "hex"));
    const upload = await gateway.documentUpload.create({ kind: "evidence_document", file: createReadStream(path) });
    assert.equal(upload.success, true, upload.message);
    await gateway.dispute.addFileEvidence(id, upload.documentUpload.id);
  } finally {
    await rm(folder, { recursive: true });
  }
  const text = await gateway.dispute.addTextEvidence(id, { content: "A gift.", category: "DEVICE_ID", sequenceNumber: 1 });
  assert.equal(text.success, true, text.message);
  assert.equal((await gateway.dispute.removeEvidence(id, text.evidence.id)).success, true);
  assert.equal((await gateway.dispute.finalize(id)).success, true);

  const found = await gateway.dispute.find(id);
  assert.equal(found.dispute.status, "disputed");
  assert.equal(found.dispute.evidence.length, 1);
  assert.equal((await gateway.dispute.finalize(id)).success, false);
});

test("a dispute is accepted, and one that is not there is not found", async () => {
  const id = await dispute();
  assert.equal((await gateway.dispute.accept(id)).success, true);
  assert.equal((await gateway.dispute.find(id)).dispute.status, "accepted");
  await assert.rejects(gateway.dispute.find("nothing"), { name: "notFoundError" });
});

test("disputes are searched", async () => {
  const id = await dispute();
  const today = new Date();
  const found = gateway.dispute.search((search) => {
    search.id().is(id);
    search.status().in(["open"]);
    search.receivedDate().between(new Date(today - 86_400_000), new Date(+today + 86_400_000));
  });
  assert.deepEqual((await all(found)).map((one) => one.id), [id]);
});

test("a webhook is read by its signature, and its challenge is answered", async () => {
  const sale = await gateway.transaction.sale({ amount: "10.00", paymentMethodNonce: "fake-valid-nonce" });
  const form = await control("POST", "/webhooks", { kind: "transaction_settled", id: sale.transaction.id });
  const webhook = await gateway.webhookNotification.parse(form.bt_signature, form.bt_payload);
  assert.equal(webhook.kind, "transaction_settled");
  assert.equal(webhook.transaction.id, sale.transaction.id);
  assert.match(gateway.webhookNotification.verify("20f9f8ed05f77439fe955c977e4c8a53"), /^integration_public_key\|/);
  const bad = await control("POST", "/webhooks", { kind: "check", trouble: "bad_signature" });
  await assert.rejects(gateway.webhookNotification.parse(bad.bt_signature, bad.bt_payload), {
    type: "invalidSignatureError",
  });
});

test("every kind of webhook is read", async () => {
  const { kinds } = await control("GET", "/webhooks/kinds");
  for (const kind of kinds) {
    const form = await control("POST", "/webhooks", { kind, id: "some_id" });
    const webhook = await gateway.webhookNotification.parse(form.bt_signature, form.bt_payload);
    assert.equal(webhook.kind, kind);
  }
});
