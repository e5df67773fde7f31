// A quote's landed total while it is written. The server computes it again; amounts are
// whole numbers of millionths here too, so that both say the same.

const scale = 1000000n;
const form = document.querySelector("form[data-quote]");

// parse reads "12.5" into millionths; null for what is no such number.
function parse(text) {
  const m = /^\s*(\d{1,12})(?:\.(\d{1,6}))?\s*$/.exec(text || "");
  return m ? BigInt(m[1]) * scale + BigInt((m[2] || "").padEnd(6, "0")) : null;
}

const half = (a, b) => (a + b / 2n) / b;
const grams = { GRM: 1n, KGM: 1000n, TNE: 1000000n };

// inUnit turns millionths of one unit into another: between masses, or by what a counted
// one weighs.
function inUnit(micro, from, to, kg, counted) {
  if (from === to) return micro;
  if (grams[from] && grams[to]) return half(micro * grams[from], grams[to]);
  if (!kg || (from !== counted && to !== counted)) return null;
  if (grams[to]) return half(half(micro * kg, scale) * 1000n, grams[to]);
  return half(half(micro * grams[from], 1000n) * scale, kg);
}

const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: form?.dataset.quote || "EUR", currencyDisplay: "narrowSymbol" });
const digits = format.resolvedOptions().maximumFractionDigits;
const perMinor = 10n ** BigInt(12 - digits);
const show = (minor) => format.format(`${minor}e-${digits}`);

function lineSum(row) {
  const value = (name) => row.querySelector(`[name$=".${name}"]`)?.value;
  const price = parse(value("price"));
  const qty = parse(value("qty")) ?? parse(row.dataset.asked);
  if (price === null || qty === null) return null;
  const priced = inUnit(qty, row.dataset.unit, value("price_unit"), BigInt(row.dataset.kg || 0), row.dataset.kgunit);
  return priced === null ? null : half(price * priced, perMinor);
}

function update() {
  let goods = 0n;
  for (const row of form.querySelectorAll("[data-line]")) {
    const sum = lineSum(row);
    row.querySelector("[data-line-sum]").textContent = sum === null ? "—" : show(sum);
    goods += sum ?? 0n;
  }
  const freight = half((parse(form.elements.freight.value) ?? 0n) * 10n ** BigInt(digits), scale);
  const tax = half((goods + freight) * (parse(form.elements.tax_rate.value) ?? 0n), 100n * scale);
  const sums = form.querySelector("[data-quote-sums]");
  sums.hidden = false;
  for (const [name, minor] of Object.entries({ goods, freight, tax, total: goods + freight + tax })) {
    sums.querySelector(`[data-sum="${name}"]`).textContent = show(minor);
  }
}

if (form) {
  form.addEventListener("input", update);
  update();
}
