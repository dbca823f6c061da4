import { setTimeout as delay } from "node:timers/promises";
import { type DevnetClient, lastVotes, until } from "./DevnetClient.ts";
import type { Position, Write } from "./facts.ts";

const PAUSE_MS = 100;
/** In sequence, of one kind of write. */
const FAILURES_MAX = 20;
export const RECIPIENT = `0x${"ab".repeat(20)}`;
export const LOADED_CUSTOMER = "customer-0008";
export const LOADED_ASSET = "DUSD";

interface LoadOptions {
  readonly client: DevnetClient;
  /** Of the devnet. */
  readonly dataDir: string;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Writes continuously to the chain and to the reserves' ledger, and follows the validators' votes. */
export class DrillLoad {
  readonly transactions: Write[] = [];
  readonly entries: Write[] = [];
  readonly votes: Position[] = [];
  readonly #options: LoadOptions;
  readonly #loops: Promise<void>[];
  readonly #ending = new AbortController();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#loops = [() => this.#pay(), () => this.#enter(), () => this.#follow()].map((once) =>
      this.#loop(once),
    );
    // `ended` throws it.
    for (const loop of this.#loops) loop.catch(() => {});
  }

  /** From here on, writes may fail and none counts as acknowledged. */
  end(): void {
    this.#ending.abort();
  }

  /** Never resolves. @throws a write's failure before the end */
  async failed(): Promise<never> {
    await this.ended();
    return new Promise(() => {});
  }

  /** @throws a write's failure before the end */
  async ended(): Promise<void> {
    await Promise.all(this.#loops);
  }

  /** As a client does, sends a write again whose connection broke. It was not acknowledged. */
  async #loop(once: () => Promise<void>): Promise<void> {
    for (let failures = 0; !this.#ending.signal.aborted; ) {
      try {
        await once();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!this.#ending.signal.aborted && failures > FAILURES_MAX) throw error;
      }
      await delay(PAUSE_MS);
    }
  }

  async #pay(): Promise<void> {
    const { client, signal } = this.#options;
    const either = AbortSignal.any([signal, this.#ending.signal]);
    await this.#acknowledged(this.transactions, () => pay(client, either));
  }

  async #enter(): Promise<void> {
    const { client, nowMs } = this.#options;
    const key = `drill-${this.entries.length + 1}`;
    await this.#acknowledged(this.entries, async () => {
      const entry = {
        key,
        customer: LOADED_CUSTOMER,
        asset: LOADED_ASSET,
        kind: "deposit",
        amount: "1",
        reference: "drill",
        happenedAtMs: nowMs(),
      };
      await client.reserves("/entries", { entries: [entry] });
      return key;
    });
  }

  async #follow(): Promise<void> {
    this.votes.push(...(await lastVotes(this.#options.dataDir)));
  }

  async #acknowledged(writes: Write[], write: () => Promise<string>): Promise<void> {
    const name = await write();
    if (!this.#ending.signal.aborted) writes.push({ name, acknowledgedMs: this.#options.nowMs() });
  }
}

/** @returns hash of a mined transaction */
export async function pay(client: DevnetClient, signal: AbortSignal): Promise<string> {
  const [from] = await client.rpc<string[]>("eth_accounts");
  const hash = await client.rpc<string>("eth_sendTransaction", [{ from, to: RECIPIENT, value: "0x1" }]);
  await until(`transaction ${hash} not mined`, signal, () => receipt(client, hash));
  return hash;
}

export async function receipt(client: DevnetClient, hash: string): Promise<object | undefined> {
  return (await client.rpc<object | null>("eth_getTransactionReceipt", [hash])) ?? undefined;
}
