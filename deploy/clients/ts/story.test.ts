// The whole story through the generated client: steel by request, pharma from the cart, a
// bearing through approval, each with settled money.
import assert from "node:assert/strict";
import { test } from "node:test";
import { key, type components } from "./client.js";
import { ok, signIn, transfer, until, visitor, type Client } from "./house.js";

type Order = components["schemas"]["OrderingOrderView"];
type Offer = components["schemas"]["CatalogOfferView"];

const path = (id: string) => ({ params: { path: { id } } });
const act = (id: string) => ({ params: { path: { id }, ...key() } });
const order = async (c: Client, id: string) => ok(await c.GET("/orders/{id}", path(id)));

async function item(c: Client, sku: string) {
  const found = ok(await c.GET("/items", { params: { query: { q: sku } } })).items.find((x) => x.sku === sku);
  assert.ok(found, `no item ${sku}`);
  return ok(await c.GET("/items/{id}", path(found.id)));
}

function offerOf(of: { offers: Offer[]; sku: string }, seller: string, unit: string): Offer {
  const offer = of.offers.find((o) => o.seller.name.includes(seller) && o.unit === unit);
  assert.ok(offer, `${seller} does not offer ${of.sku} by ${unit}`);
  return offer;
}

async function pay(c: Client, id: string, ...modes: ("exact" | "short" | "over")[]) {
  const how = ok(await c.POST("/orders/{id}/pay", act(id)));
  for (const mode of modes) {
    const before = ok(await c.GET("/orders/{id}/escrow", path(id))).held.amount;
    await transfer(how.instructions?.["reference"] ?? "", mode);
    await until("money is seen", async () => ok(await c.GET("/orders/{id}/escrow", path(id))).held.amount, (held) => held !== before);
  }
  return until("the order is paid", () => order(c, id), (o) => o.payment_state === "funded");
}

async function acceptAndShip(seller: Client, id: string) {
  assert.equal(ok(await seller.POST("/orders/{id}/accept", act(id))).state, "accepted");
  const [rate] = ok(await seller.GET("/orders/{id}/freight-offers", path(id))).items;
  assert.ok(rate, "the freight plugin offers nothing");
  return ok(await seller.POST("/orders/{id}/shipments", { ...act(id), body: { plugin: rate.plugin, offer: rate.offer, final: true } }));
}

const completed = (c: Client, id: string) => until("the order is completed", () => order(c, id), (o) => o.state === "completed");

async function checkOut(c: Client, lines: [Offer, string][], city: string, country: string) {
  for (const [offer, value] of lines)
    ok(await c.PUT("/cart/lines/{offer}", { params: { path: { offer: offer.id } }, body: { quantity: { value, unit: offer.unit } } }));
  const out = ok(await c.POST("/checkouts", { params: key(), body: { city, country } }));
  const freight = Object.fromEntries(out.parts.map((p) => [p.seller_id, p.freight[0]?.id ?? ""]));
  return c.POST("/orders", { params: key(), body: { checkout_id: out.id, freight, ship_to: { city, country, street: "1 Main Street", contact: "Goods in" } } });
}

test("steel is bought by request, from search to settled money", async () => {
  const somebody = visitor("steel");
  for (const q of ["H型钢", "HW 200"]) assert.ok(ok(await somebody.GET("/items", { params: { query: { q } } })).items.length > 0, `${q} finds nothing`);

  const [buyer, lanqiao, huheng, operator] = await Promise.all([
    signIn("steel", "buyer3@steel.example"), signIn("steel", "seller@steel.example"), signIn("steel", "seller2@steel.example"), signIn("steel", "operator2@steel.example")]);
  const beam = await item(buyer, "HW200x200x8x12-Q355B-12");
  const sellers = ["Lanqiao", "Huheng", "Yuetuo"].map((name) => offerOf(beam, name, "TNE").seller.id);
  const day = 86_400_000;
  const draft = ok(await buyer.POST("/rfqs", { params: key(), body: {
    title: "码头钢结构", currency: "CNY", closes_at: new Date(Date.now() + 2 * day).toISOString(), sellers, ship_to: { country: "CN", city: "青岛", street: "漓江东路 9 号" },
    lines: [{ item: beam.id, qty: { value: "250", unit: "TNE" }, target_price: "3200" }, { item: beam.id, qty: { value: "10", unit: "TNE" } }] } }));
  const rfq = ok(await buyer.POST("/rfqs/{id}/publish", act(draft.id)));
  assert.equal(rfq.state, "published");

  const quote = async (by: Client, prices: string[]) => ok(await by.POST("/rfqs/{id}/quotes", { ...act(rfq.id), body: {
    tax_rate: "0.13", valid_until: new Date(Date.now() + 3 * day).toISOString(),
    lines: rfq.lines.map((l, i) => ({ line: l.id, price: prices[i] ?? "", price_unit: "TNE", basis: "weighed", lead_days: 4 })) } }));
  await quote(huheng, ["3300", "3250"]);
  const ofHuheng = await quote(huheng, ["3180", "3150"]);
  const ofLanqiao = await quote(lanqiao, ["3210", "3090"]);
  assert.equal(ofHuheng.number, 2);
  ok(await buyer.POST("/rfqs/{id}/close", act(rfq.id)));
  assert.equal(ok(await buyer.GET("/rfqs/{id}/comparison", path(rfq.id))).columns.length, 2);

  const [one, two] = rfq.lines;
  assert.ok(one && two);
  const done = ok(await buyer.POST("/rfqs/{id}/award", { ...act(rfq.id), body: { reason: "分供", lines: [{ line: one.id, quote: ofHuheng.id }, { line: two.id, quote: ofLanqiao.id }] } }));
  assert.equal(done.buyer_side?.award?.lines.length, 2);
  const big = done.buyer_side?.award?.lines.find((l) => l.quote === ofHuheng.id)?.order ?? "";
  const small = done.buyer_side?.award?.lines.find((l) => l.quote === ofLanqiao.id)?.order ?? "";

  await Promise.all([settleBig(buyer, huheng, operator, big), settleSmall(buyer, lanqiao, small)]);
});

// Short money and the rest; a load far too light; the claim; two persons; payout.
async function settleBig(buyer: Client, seller: Client, operator: Client, id: string) {
  const paid = await pay(buyer, id, "short", "exact");
  const load = await acceptAndShip(seller, id);
  const got = ok(await buyer.POST("/shipments/{id}/receipt", { ...act(load.id), body: { lines: paid.lines.map((l) => ({ line: l.id, qty: l.quantity, weighed_kg: "240000" })) } }));
  assert.deepEqual(got.differences.map((d) => d.kind), ["weight"]);
  const [claim] = ok(await seller.GET("/orders/{id}/claims", path(id))).items;
  assert.equal(ok(await seller.POST("/claims/{id}/accept", { ...act(claim?.id ?? ""), body: { answer: "以磅单为准" } })).state, "accepted");

  const escrow = ok(await buyer.GET("/orders/{id}/escrow", path(id)));
  const total = (...parts: { amount: string }[]) => parts.reduce((n, m) => n + Math.round(Number(m.amount) * 100), 0);
  const waiting = await until("a release waits", async () => ok(await operator.GET("/releases", { params: { query: { limit: 200 } } })).items.find((r) => total(r.to_seller, r.to_buyer, r.commission) === total(escrow.amount)), (r) => r !== undefined);
  ok(await operator.POST("/releases/{id}/decide", { ...act(waiting?.id ?? ""), body: { approve: true } }));
  await completed(buyer, id);
  const emptied = ok(await buyer.GET("/orders/{id}/escrow", path(id)));
  assert.equal(total(emptied.to_seller, emptied.to_buyer, emptied.commission), total(emptied.amount));

  const balance = ok(await seller.GET("/balance", { params: { query: { currency: "CNY" } } })).balance;
  assert.ok(total(balance) >= total(emptied.to_seller));
  const payout = ok(await seller.POST("/payouts", { params: key(), body: { amount: emptied.to_seller } }));
  await until("the payout is paid", async () => ok(await seller.GET("/payouts")).items.find((p) => p.id === payout.id)?.state, (s) => s === "paid");
  const invoice = await until("the invoice is there", async () => (await buyer.GET("/orders/{id}/invoice", path(id))).data, (v) => v !== undefined);
  assert.match(invoice?.number ?? "", /^INV-/);
}

// Too much money; a load within tolerance; nobody else need look.
async function settleSmall(buyer: Client, seller: Client, id: string) {
  const paid = await pay(buyer, id, "over");
  const load = await acceptAndShip(seller, id);
  const got = ok(await buyer.POST("/shipments/{id}/receipt", { ...act(load.id), body: { lines: paid.lines.map((l) => ({ line: l.id, qty: l.quantity, weighed_kg: "10020" })) } }));
  assert.deepEqual(got.differences, []);
  await completed(buyer, id);
}

test("pharma is bought from the cart by those who may", async () => {
  const buyer = await signIn("pharma", "approver@pharma.example");
  const controlled = offerOf(await item(buyer, "NDC-0395-8101"), "Meridian", "GRM");
  const plain = offerOf(await item(buyer, "NDC-59644-9922"), "Harborline", "KGM");
  for (const [email, reason] of [["buyer2@pharma.example", "licence_missing"], ["buyer3@pharma.example", "licence_expired"]] as const) {
    const other = await signIn("pharma", email);
    const refused = await checkOut(other, [[controlled, "25"]], "Madison", "US");
    assert.equal(refused.response.status, 403);
    assert.deepEqual(refused.error?.reasons?.map((r) => r.code), [reason]);
  }
  const group = ok(await checkOut(buyer, [[controlled, "25"], [plain, "5"]], "Madison", "US"));
  assert.equal(group.orders.length, 2);
  const sellers: Record<string, Client> = { [controlled.seller.id]: await signIn("pharma", "seller@pharma.example"), [plain.seller.id]: await signIn("pharma", "seller2@pharma.example") };
  await Promise.all(group.orders.map(async (o: Order) => {
    await pay(buyer, o.id, "exact");
    const load = await acceptAndShip(sellers[o.seller_id] as Client, o.id);
    const lines = load.lines.map((l) => ({ line: l.line, qty: l.qty, lot: l.lots[0] ?? "" }));
    ok(await buyer.POST("/shipments/{id}/receipt", { ...act(load.id), body: { lines } }));
    await completed(buyer, o.id);
  }));
});

test("a purchase above one's limit waits for somebody who may approve it", async () => {
  const [buyer, chief, fleet] = await Promise.all([signIn("procure", "buyer2@procure.example"), signIn("procure", "approver2@procure.example"), signIn("procure", "fleet@procure.example")]);
  const supplier = await signIn("procure", "seller2@procure.example");
  const bearing = offerOf(await item(buyer, "BRG-6205-2Z"), "Sieveking", "H87");
  const [house] = ok(await supplier.GET("/warehouses")).items;
  ok(await supplier.POST("/stock/arrivals", { params: key(), body: { arrivals: [{ offer_id: bearing.id, warehouse_id: house?.id ?? "", quantity: "9000" }] } }));

  const [big] = ok(await checkOut(buyer, [[bearing, "3000"]], "Hannover", "DE")).orders;
  assert.equal(big?.state, "awaiting_approval");
  const [ask] = ok(await buyer.GET("/orders/{id}/approvals", path(big?.id ?? ""))).items;
  const decide = (c: Client) => c.POST("/approvals/{id}/decide", { ...act(ask?.id ?? ""), body: { approve: true, note: "ok" } });
  assert.equal((await decide(buyer)).error?.code, "http.role_missing");
  assert.equal((await decide(fleet)).error?.code, "ordering.approval_limit");
  assert.equal(ok(await decide(chief)).state, "placed");
});
