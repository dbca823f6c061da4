import { isTrellisError } from "@trellis/base";
import { OPERATIONS, type Operations } from "../../generated/reservesOperations.ts";
import { reservesClientErrors } from "./errors.ts";
import type { ReservesClientPorts } from "./ReservesClientPorts.ts";
import { systemPorts } from "./systemPorts.ts";

export type OperationId = keyof Operations;
export type Input<Id extends OperationId> = Operations[Id]["input"];
export type Answer<Id extends OperationId> = Operations[Id]["answer"];

export interface ReservesClientOptions {
  /** Without a path. */
  readonly url: string;
  /** API key or identity token; none for public data or browser sessions. */
  readonly token?: string;
  /** Retries after 429, 503 or a lost connection; default 2. */
  readonly retriesMax?: number;
}

export interface ReservesClient {
  /** @throws SERVICE_UNREACHABLE, TLS_PEER_UNTRUSTED, SERVICE_REFUSED with the service's code as `refusal` */
  call<Id extends OperationId>(id: Id, input: Input<Id>, signal?: AbortSignal): Promise<Answer<Id>>;
  pages<Id extends ListId>(id: Id, input: Input<Id>, signal?: AbortSignal): AsyncIterable<ItemOf<Id>>;
}

export type ListId = {
  [Id in OperationId]: Answer<Id> extends { readonly items: readonly unknown[]; readonly next: string | null }
    ? Id
    : never;
}[OperationId];
export type ItemOf<Id extends ListId> =
  Answer<Id> extends { readonly items: readonly (infer Item)[] } ? Item : never;

const RETRIES_MAX = 2;
const PAUSE_MS = 400;
const PAUSE_S_MAX = 60;

export function createReservesClient(
  { url, token, retriesMax = RETRIES_MAX }: ReservesClientOptions,
  ports: Partial<ReservesClientPorts> = {},
): ReservesClient {
  const { fetch, pause, newKey } = { ...systemPorts, ...ports };

  async function send(target: string, init: RequestInit, canRepeat: boolean): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const isLast = !canRepeat || attempt > retriesMax;
      let pauseMs = PAUSE_MS * attempt;
      try {
        const response = await fetch(target, init);
        if (response.ok) return response;
        if (isLast || (response.status !== 429 && response.status !== 503)) throw await refusalOf(response);
        const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
        if (seconds >= 0) pauseMs = Math.min(seconds, PAUSE_S_MAX) * 1_000;
      } catch (error) {
        const isLost = !isTrellisError(error) && init.signal?.aborted !== true;
        if (isLost && isLast) throw reservesClientErrors.SERVICE_UNREACHABLE({ url }, error);
        if (!isLost) throw error;
      }
      await pause(pauseMs);
    }
  }

  const client: ReservesClient = {
    async call(id, input, signal) {
      const operation = OPERATIONS[id];
      const given = new Map<string, unknown>(Object.entries(input));
      const key = operation.takesIdempotencyKey ? String(given.get("idempotencyKey") ?? newKey()) : undefined;
      const body = given.get("body");
      const ifMatch = given.get("ifMatch");
      const headers = {
        accept: operation.answer === "bytes" ? "*/*" : "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...(ifMatch === undefined ? {} : { "if-match": String(ifMatch) }),
      };
      const init: RequestInit = {
        method: operation.method,
        headers,
        redirect: "error",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      };
      const canRepeat = operation.method === "GET" || key !== undefined;
      const response = await send(`${url}${targetOf(operation, given)}`, init, canRepeat);
      return (await answerOf(operation.answer, response)) as Answer<typeof id>;
    },
    async *pages(id, input, signal) {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: { items: readonly unknown[]; next: string | null } = await client.call(
          id,
          { ...input, cursor },
          signal,
        );
        yield* page.items as readonly ItemOf<typeof id>[];
        cursor = page.next;
      }
    },
  };
  return client;
}

function targetOf(
  { path, query }: { readonly path: string; readonly query: readonly string[] },
  given: ReadonlyMap<string, unknown>,
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(given.get(name))),
  );
  const search = new URLSearchParams();
  for (const name of query) {
    const value = given.get(name);
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search}`;
}

async function answerOf(kind: "json" | "bytes" | "nothing", response: Response): Promise<unknown> {
  if (kind === "nothing") return undefined;
  if (kind === "bytes") return new Uint8Array(await response.arrayBuffer());
  try {
    return await response.json();
  } catch (error) {
    throw reservesClientErrors.SERVICE_REFUSED(
      { reason: "invalid response", status: response.status },
      error,
    );
  }
}

async function refusalOf(response: Response) {
  const problem: unknown = await response.json().catch(() => undefined);
  const told = (typeof problem === "object" && problem !== null ? problem : {}) as Record<string, unknown>;
  const [first] = Array.isArray(told.issues) ? told.issues : [];
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return reservesClientErrors.SERVICE_REFUSED({
    status: response.status,
    refusal: text(told.code),
    hint: text(told.hint),
    correlationId: text(told.correlationId),
    first: first === undefined ? undefined : `${first.pointer ?? ""} ${first.reason ?? ""}`,
  });
}
