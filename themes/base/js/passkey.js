// Passkeys: asks the server for a question, the device for an answer, and brings it back.
// What it tells people stands in the page, in their language.

const box = document.querySelector("[data-passkey]");
const purpose = box?.dataset.passkey;
const paths = { add: "/me/passkeys", sign_in: "/sessions/passkey", code: "/sessions/code/passkey", proof: "/sessions/proof/passkey" };
const homes = { operator: "/operator", platform: "/platform" };
let waiting = null; // the question that the address field holds open

function say(text) {
  const out = box.querySelector("[data-passkey-says]");
  out.textContent = text;
  out.hidden = !text;
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function post(path, body) {
  const res = await fetch(`/api/v1${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify(body),
  });
  const answer = await res.json().catch(() => ({}));
  if (res.ok) return answer;
  throw Object.assign(new Error([answer.detail || answer.title, answer.next].filter(Boolean).join(" ")), { code: answer.code, problem: true });
}

// options turns WebAuthn's JSON form into what the browser takes.
function options(o) {
  const ids = (list) => list?.map((c) => ({ ...c, id: bytes(c.id) }));
  const out = { ...o, challenge: bytes(o.challenge) };
  if (o.user) out.user = { ...o.user, id: bytes(o.user.id) };
  if (o.excludeCredentials) out.excludeCredentials = ids(o.excludeCredentials);
  if (o.allowCredentials) out.allowCredentials = ids(o.allowCredentials);
  return out;
}

// credential turns the device's answer into that form.
function credential(c) {
  const r = c.response;
  const response = { clientDataJSON: text(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = text(r.attestationObject);
    response.transports = r.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(r.authenticatorData);
    response.signature = text(r.signature);
    if (r.userHandle) response.userHandle = text(r.userHandle);
  }
  return { id: c.id, rawId: text(c.rawId), type: c.type, response };
}

// ask goes the whole way once. An abandoned question answers null.
async function ask(extra = {}) {
  const q = await post(`${paths[purpose]}/begin`, {});
  if (extra.signal?.aborted) return null;
  const what = { publicKey: options(q.options), ...extra };
  const made = await (purpose === "add" ? navigator.credentials.create(what) : navigator.credentials.get(what));
  const body = { ceremony: q.ceremony, credential: credential(made) };
  if (purpose === "add") body.name = box.querySelector("[name=name]").value;
  return post(paths[purpose], body);
}

function done(answer) {
  if (!answer) return;
  const codes = box.querySelector("[data-passkey-codes]");
  if (purpose === "add" && answer.recovery_codes?.length && codes) {
    codes.querySelector("ul").replaceChildren(...answer.recovery_codes.map((c) => Object.assign(document.createElement("li"), { textContent: c })));
    codes.hidden = false;
    box.querySelector("form").hidden = true;
    codes.querySelector("a").focus();
    return;
  }
  location.assign(box.dataset.next || homes[answer.person?.staff_role] || "/");
}

function failed(err) {
  if (err.code === "identity.step_up") return void location.assign(`/account/confirm?next=${encodeURIComponent(location.pathname)}`);
  if (err.code === "identity.ticket_ended") return void location.assign("/sign-in");
  if (err.problem) return say(err.message);
  if (err.name === "InvalidStateError") return say(box.dataset.known || box.dataset.failed);
  say(err.name === "NotAllowedError" || err.name === "AbortError" ? box.dataset.cancelled : box.dataset.failed);
}

async function start(ev) {
  ev.preventDefault();
  say("");
  if (!window.PublicKeyCredential || !navigator.credentials) return say(box.dataset.unsupported);
  const button = box.querySelector("button");
  waiting?.abort();
  button.disabled = true;
  try {
    done(await ask());
  } catch (err) {
    failed(err);
  } finally {
    button.disabled = false;
  }
}

// offer lets the browser name passkeys in the address field itself.
async function offer() {
  if (purpose !== "sign_in" || !(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  try {
    done(await ask({ mediation: "conditional", signal: waiting.signal }));
  } catch (err) {
    if (err.problem) say(err.message); // the rest is somebody who chose the password
  }
}

if (box) {
  box.hidden = false; // without a script there is nothing to press
  box.querySelector("form").addEventListener("submit", start);
  offer();
}
