// The client of Kontor's API for TypeScript: openapi-fetch over the types that
// openapi-typescript makes of the API's own description.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

export type { components, paths } from "./schema.js";

/** kontor speaks to one marketplace, as nobody or with the token of a session. */
export function kontor(base: string, token?: string, fetch?: typeof globalThis.fetch) {
  return createClient<paths>({
    baseUrl: base + "/api/v1",
    headers: token ? { Authorization: "Bearer " + token } : {},
    ...(fetch ? { fetch } : {}),
  });
}

/** key is a fresh value for the Idempotency-Key that every POST takes. */
export function key() {
  return { header: { "Idempotency-Key": crypto.randomUUID() } };
}
