// What the story needs of a house under test: somebody signed in, a bank, patience.
import assert from "node:assert/strict";
import http from "node:http";
import { kontor, key } from "./client.js";

const [host = "", port = ""] = (process.env["KONTOR_ADDR"] ?? "").split(":");
const bank = process.env["KONTOR_SIMULATOR"] ?? "";

// Marketplaces are told apart by name, and names such as steel.localhost need not resolve:
// the request goes to the address and carries the name.
const toHouse: typeof fetch = async (input, init) => {
  const ask = new Request(input, init);
  const body = Buffer.from(await ask.arrayBuffer());
  const url = new URL(ask.url);
  return new Promise((done, failed) => {
    const sent = http.request({ host, port, path: url.pathname + url.search, method: ask.method, headers: { ...Object.fromEntries(ask.headers), host: url.host, "content-length": body.length } }, (got) => {
      const parts: Buffer[] = [];
      got.on("data", (part: Buffer) => parts.push(part));
      got.on("end", () => {
        const status = got.statusCode ?? 500;
        const bytes = Buffer.concat(parts);
        done(new Response(status === 204 ? null : bytes, { status, headers: Object.entries(got.headers).map(([k, v]) => [k, String(v)] as [string, string]) }));
      });
    });
    sent.on("error", failed);
    sent.end(body);
  });
};

export const base = (market: string) => `http://${market}.localhost:${port}`;

export const visitor = (market: string) => kontor(base(market), undefined, toHouse);

export async function signIn(market: string, email: string) {
  const { data } = await visitor(market).POST("/sessions", { params: key(), body: { email, password: "Kontor-Demo-2026" } });
  assert.ok(data, `${email} cannot sign in`);
  return kontor(base(market), data.token, toHouse);
}

export type Client = ReturnType<typeof kontor>;

/** ok is the data of an answer that must be a success. */
export function ok<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.ok(answer.response.ok, `${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

/** until asks again until it is so. */
export async function until<T>(what: string, see: () => Promise<T>, so: (v: T) => boolean): Promise<T> {
  let last: T | undefined;
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((r) => setTimeout(r, 40))) {
    last = await see();
    if (so(last)) return last;
  }
  assert.fail(`not in time: ${what}; last seen ${JSON.stringify(last)}`);
}

/** transfer has the simulated bank receive what a reference is due. */
export async function transfer(reference: string, mode: "exact" | "short" | "over") {
  const got = await fetch(bank + "/sim/v1/transfers", { method: "POST", body: JSON.stringify({ reference, mode, sender: "test" }) });
  assert.ok(got.ok, await got.text());
}

export async function pdf(market: string, path: string, token: string) {
  const got = await toHouse(base(market) + path, { headers: { authorization: "Bearer " + token } });
  return Buffer.from(await got.arrayBuffer());
}
