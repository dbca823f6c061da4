import { setTimeout as pause } from "node:timers/promises";
import { hexToBytes } from "@trellis/base";
import { batchCall } from "../batchCall.ts";
import { accountOf, privateKeyOf } from "../chain.ts";
import { rpcCall } from "../clients.ts";
import { signCall } from "../signedCalls.ts";

/** The first accounts belong to the demo services. */
const FIRST_ACCOUNT = 5;
const SENDERS = 5;
const BURST = 4;
const PAUSE_MS = 200;

/** Sustained transactions, calls and reads of one node. */
export class SoakLoad {
  readonly #rpcUrl: string;
  /** Each node has its sender, so that no transaction waits for another node's. */
  readonly #account: number;
  answers = 0;
  errors = 0;
  /** Printed once for each kind. */
  readonly #told = new Set<string>();

  constructor(rpcUrl: string, index: number) {
    this.#rpcUrl = rpcUrl;
    this.#account = FIRST_ACCOUNT + (index % SENDERS);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#repeat(signal, () => this.#send()), this.#repeat(signal, () => this.#read())]);
  }

  async #repeat(signal: AbortSignal, step: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await step();
      } catch (error) {
        if (!signal.aborted) this.#count({ error: { message: String(error) } });
      }
      await pause(PAUSE_MS);
    }
  }

  async #send(): Promise<void> {
    const key = hexToBytes(privateKeyOf(this.#account));
    const { address: to } = accountOf(this.#account);
    const { result } = await rpcCall(this.#rpcUrl, "eth_getTransactionCount", [to, "pending"]);
    const first = BigInt(result as string);
    const signed = Array.from({ length: BURST }, (_, index) =>
      signCall(key, { nonce: first + BigInt(index), to, value: 1n }),
    );
    const raw = signed.map((transaction) => [transaction.raw]);
    for (const answer of await batchCall(this.#rpcUrl, "eth_sendRawTransaction", raw)) this.#count(answer);
  }

  async #read(): Promise<void> {
    const { address } = accountOf(this.#account);
    const { result: head } = await rpcCall(this.#rpcUrl, "eth_blockNumber");
    const fromBlock = `0x${Math.max(0, Number(head) - 200).toString(16)}`;
    const reads = [
      ["eth_call", [{ to: address, data: `0x${"01".repeat(128)}` }, "latest"]],
      ["eth_getLogs", [{ fromBlock, toBlock: head }]],
      ["eth_getBlockByNumber", ["latest", true]],
    ] as const;
    for (const answer of await Promise.all(
      reads.map(([method, params]) => rpcCall(this.#rpcUrl, method, params)),
    ))
      this.#count(answer);
  }

  #count({ error }: { readonly error?: { readonly message: string } | undefined }): void {
    this.answers++;
    if (error === undefined) return;
    this.errors++;
    const kind = error.message.replaceAll(/\(.*/g, "");
    if (!this.#told.has(kind)) console.error(`soak: ${this.#rpcUrl}: ${error.message}`);
    this.#told.add(kind);
  }
}
