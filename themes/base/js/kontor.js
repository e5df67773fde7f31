// Kontor in the browser: small comforts over pages that work without it.
// One module, no globals, no inline handlers, so that the strict policy holds.

const $ = (sel, root = document) => root.querySelector(sel);
const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];
const root = document.documentElement;

// Colour scheme: kept in a cookie, so that the server paints the right one at once.
function setScheme(value) {
  if (value) root.dataset.scheme = value;
  else delete root.dataset.scheme;
  document.cookie = `kontor_scheme=${value};path=/;max-age=31536000;samesite=lax`;
}

// A message at the edge of the screen that leaves by itself.
export function toast(text, tone = "good") {
  const box = $("#toasts");
  if (!box) return;
  const el = document.createElement("div");
  el.className = `toast toast-${tone}`;
  const p = document.createElement("p");
  p.textContent = text;
  el.append(p);
  box.append(el);
  setTimeout(() => el.remove(), 6000);
}

// Clicks are handled in one place, by what the element says about itself.
const clicks = {
  "[data-scheme-set]": (el) => { setScheme(el.dataset.schemeSet); el.closest("details")?.removeAttribute("open"); },
  "[data-shortcuts]": (el) => { el.closest("details")?.removeAttribute("open"); $("#shortcuts")?.showModal(); },
  "[data-print]": () => window.print(),
  "[data-dialog]": (el) => document.getElementById(el.dataset.dialog)?.showModal(),
  "[data-copy]": async (el) => {
    await navigator.clipboard.writeText(el.dataset.copy);
    toast(el.dataset.copied || "✓");
  },
  "[data-step]": (el) => {
    const input = el.parentElement.querySelector("input");
    const by = Number(input.dataset.step || 1), min = Number(input.dataset.min || 0);
    const next = (Number(input.value) || 0) + Number(el.dataset.step) * by;
    input.value = String(Math.max(min, Math.round(next * 1e6) / 1e6));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },
  "[data-column]": (el) => toggleColumn(el),
  "[data-row-remove]": (el) => el.closest("[data-row]")?.remove(),
  "[data-row-add]": (el) => addRow(el),
};

document.addEventListener("click", (ev) => {
  for (const [sel, act] of Object.entries(clicks)) {
    const el = ev.target.closest?.(sel);
    if (el) return void act(el);
  }
  // An open menu closes when the page beside it is clicked.
  for (const menu of $$("details.menu[open]")) if (!menu.contains(ev.target)) menu.open = false;
});

// A template row is copied; {i} in its names becomes the next number.
function addRow(el) {
  const tpl = document.getElementById(el.dataset.rowAdd);
  const into = document.getElementById(tpl?.dataset.into || "");
  if (!into) return;
  const i = Number(into.dataset.next || into.children.length);
  into.dataset.next = String(i + 1);
  into.insertAdjacentHTML("beforeend", tpl.innerHTML.replaceAll("{i}", String(i)));
  $("input,select,textarea", into.lastElementChild)?.focus();
}

// Columns of a table can be hidden; the choice is kept per table.
function toggleColumn(box) {
  const table = document.getElementById(box.dataset.table);
  if (!table) return;
  const n = Number(box.dataset.column);
  for (const tr of table.rows) if (tr.cells[n]) tr.cells[n].hidden = !box.checked;
  const hidden = $$(`[data-table="${table.id}"]`).filter((b) => !b.checked).map((b) => b.dataset.column);
  try { localStorage.setItem(`columns:${table.id}`, hidden.join(",")); } catch { /* private mode */ }
}

function restoreColumns(scope) {
  for (const box of $$("[data-column]", scope)) {
    let kept = "";
    try { kept = localStorage.getItem(`columns:${box.dataset.table}`) || ""; } catch { return; }
    if (kept.split(",").includes(box.dataset.column)) { box.checked = false; toggleColumn(box); }
  }
}

// Keys: one letter, or g and a letter. Never while somebody types.
const places = { h: "/", c: "/cart", o: "/buyer/orders", i: "/buyer", s: "/seller" };
let prefix = "";
document.addEventListener("keydown", (ev) => {
  if (ev.key === "Escape") {
    for (const menu of $$("details.menu[open]")) { menu.open = false; $("summary", menu)?.focus(); }
    return;
  }
  if (ev.ctrlKey || ev.metaKey || ev.altKey || ev.target.closest?.("input,textarea,select,[contenteditable]")) return;
  if (prefix === "g" && places[ev.key]) { location.href = places[ev.key]; prefix = ""; return; }
  prefix = ev.key === "g" ? "g" : "";
  if (ev.key === "/") { ev.preventDefault(); $("[data-search]")?.focus(); }
  if (ev.key === "?") { ev.preventDefault(); $("#shortcuts")?.showModal(); }
});

// A form is sent once; its button says so. Back from the cache it may be sent again.
document.addEventListener("submit", (ev) => {
  const form = ev.target;
  if (form.method !== "post" || ev.defaultPrevented) return;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { ev.preventDefault(); return; }
  if (form.dataset.sent) { ev.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => $$("button", form).forEach((b) => b.setAttribute("aria-disabled", "true")));
});
window.addEventListener("pageshow", (ev) => {
  if (!ev.persisted) return;
  for (const form of $$("form[data-sent]")) { delete form.dataset.sent; $$("button", form).forEach((b) => b.removeAttribute("aria-disabled")); }
});

// Filters apply as they are ticked.
document.addEventListener("change", (ev) => {
  const form = ev.target.closest?.("form[data-autosubmit]");
  if (form) form.requestSubmit();
  if (ev.target.matches?.("[data-drop] input")) listFiles(ev.target);
  const all = ev.target.closest?.("[data-check-all]");
  if (all) for (const box of $$(`input[name="${all.dataset.checkAll}"]`, all.closest("form") || document)) box.checked = all.checked;
});

// Empty fields stay out of the address of a filtered list.
document.addEventListener("formdata", (ev) => {
  if (!ev.target.matches("[data-autosubmit]")) return;
  for (const [name, value] of [...ev.formData]) if (value === "") ev.formData.delete(name);
});

function listFiles(input) {
  const list = $("[data-files]", input.closest("[data-drop]"));
  list.replaceChildren(...[...input.files].map((f) => {
    const li = document.createElement("li");
    li.textContent = `${f.name} · ${Math.max(1, Math.round(f.size / 1024))} KB`;
    return li;
  }));
}
for (const kind of ["dragenter", "dragleave", "drop"]) {
  document.addEventListener(kind, (ev) => ev.target.closest?.("[data-drop]")?.classList.toggle("over", kind === "dragenter"));
}

// Moving parts (htmx) carry the token that forms carry, and say when they fail.
document.addEventListener("htmx:configRequest", (ev) => {
  ev.detail.headers["X-CSRF-Token"] = $('meta[name="csrf"]')?.content || "";
  if (ev.detail.verb !== "get" && !ev.detail.parameters?._key) ev.detail.headers["Idempotency-Key"] = crypto.randomUUID();
});
document.addEventListener("htmx:responseError", (ev) => toast(`${ev.detail.xhr.status} ${ev.detail.xhr.statusText}`, "bad"));
document.addEventListener("htmx:load", (ev) => restoreColumns(ev.target));

restoreColumns(document);
// An error in the list says which field it is about.
for (const link of $$("#errors a[href^='#']")) {
  const field = document.getElementById(link.hash.slice(1));
  const name = field && (field.labels?.[0]?.firstChild?.textContent || field.getAttribute("aria-label"))?.trim();
  if (name) link.textContent = `${name}: ${link.textContent}`;
}
$("#errors")?.focus();
