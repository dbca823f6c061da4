import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ReadyFacts } from "../../cli/readyLine.ts";
import { trellisErrors } from "../../errors.ts";
import { nodeFolder, VALIDATORS } from "./DrilledDevnet.ts";
import type { Position } from "./facts.ts";

/** On a busy machine. ms */
const WAIT_MS_MAX = 120_000;
const POLL_MS = 200;
const PAGE_LIMIT = 200;
/** Of one call. */
const REFUSALS_MAX = 30;

interface RpcAnswer<T> {
  readonly result?: T;
  readonly error?: {
    readonly message: string;
    readonly data?: { readonly code: string; readonly retryAfterS: number };
  };
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export class DevnetClient {
  readonly rpcUrls: readonly string[];
  readonly #ready: ReadyFacts;

  constructor(ready: ReadyFacts) {
    this.#ready = ready;
    this.rpcUrls = [ready.rpc, ...(ready.nodes ?? []).map(({ rpc }) => rpc)];
  }

  /**
   * A busy node refuses a call before it does anything, and tells when to send it again.
   * @throws UPSTREAM_UNREACHABLE also if the call fails
   */
  async rpc<T>(method: string, params: readonly unknown[] = [], url = this.rpcUrls[0]!): Promise<T> {
    for (let refusals = 0; ; refusals += 1) {
      const { result, error } = await this.#call<T>(method, params, url);
      if (error === undefined) return result as T;
      if (error.data?.code !== "RPC_OVERLOADED" || refusals === REFUSALS_MAX)
        throw trellisErrors.UPSTREAM_UNREACHABLE({ url, method, reason: error.message });
      await delay(error.data.retryAfterS * 1_000);
    }
  }

  reserves<T>(path: string, body?: object): Promise<T> {
    return this.#service(`${this.#ready.http}/v1${path}`, body);
  }

  arbitrage<T>(path: string): Promise<T> {
    return this.#service(`${this.#ready.arbitrage!.url}${path}`);
  }

  /** All pages. */
  async all<T>(read: (query: string) => Promise<Page<T>>): Promise<T[]> {
    const items: T[] = [];
    for (let cursor = ""; ; ) {
      const page = await read(`?limit=${PAGE_LIMIT}${cursor}`);
      items.push(...page.items);
      if (page.next === null) return items;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  async #call<T>(method: string, params: readonly unknown[], url: string): Promise<RpcAnswer<T>> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body });
    return (await response.json()) as RpcAnswer<T>;
  }

  async #service<T>(url: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.#ready.reserves!.adminKey}` };
    const posted = body && {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify(body),
    };
    const response = await fetch(url, posted ?? { headers });
    if (response.ok) return (await response.json()) as T;
    throw trellisErrors.UPSTREAM_UNREACHABLE({ url, status: response.status, reason: await response.text() });
  }
}

/** The newest vote of each validator, from its vote log. */
export async function lastVotes(dataDir: string): Promise<Position[]> {
  const logs = Array.from({ length: VALIDATORS }, (_, index) =>
    readFile(join(dataDir, nodeFolder(index), "votes", "votes.json"), "utf8"),
  );
  return (await Promise.all(logs)).flatMap((text) => {
    const { publicKey, last } = JSON.parse(text.split("\n")[0]!);
    if (last === null) return [];
    const { height, round, step, value } = last;
    return [{ signer: publicKey, height, round, step, value }];
  });
}

/** Polls until `read` returns something. @throws the last error, or UPSTREAM_UNREACHABLE after two minutes */
export async function until<T>(
  what: string,
  signal: AbortSignal,
  read: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    let failure: unknown;
    const found = await read().catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (found !== undefined) return found;
    signal.throwIfAborted();
    if (performance.now() > endMs)
      throw trellisErrors.UPSTREAM_UNREACHABLE(
        { reason: `${what} within ${WAIT_MS_MAX / 1_000} s` },
        failure,
      );
    await delay(POLL_MS, undefined, { signal });
  }
}
