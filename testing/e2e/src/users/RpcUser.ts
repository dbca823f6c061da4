import type { Hex } from "@trellis/base";
import { hexToBytes } from "@trellis/base";
import { accountOf, privateKeyOf } from "../chain.ts";
import { type SignedCall, signCall } from "../signedCalls.ts";
import { think } from "../think.ts";

const RECIPIENT = `0x${"0d".repeat(20)}` as const;
/** The node has the transaction of an earlier, unanswered request. */
const IS_KNOWN = /already known|nonce too low/;

/** The machine is too slow, not the node gone. */
const IS_BUSY = /RPC_OVERLOADED|execution aborted \(timeout/;

/** Repeating it would not help. */
const IS_REFUSED = /: 200 /;

interface JsonRpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Sends a JSON-RPC request to any node. Rejects if the connection breaks. */
export type PostRpc = (body: string) => Promise<{ readonly status: number; readonly text: string }>;

/** Sends transactions and reads, one after another. */
export class RpcUser {
  readonly acknowledged: SignedCall[] = [];
  readonly failedReads: string[] = [];
  readonly failedWrites: string[] = [];
  readonly #index: number;
  readonly #post: PostRpc;
  #nonce = 0n;

  constructor(index: number, post: PostRpc) {
    this.#index = index;
    this.#post = post;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#write();
      await this.#read();
    }
  }

  async #write(): Promise<void> {
    const key = hexToBytes(privateKeyOf(this.#index));
    const signed = signCall(key, { nonce: this.#nonce, to: RECIPIENT, value: 1n });
    this.#nonce += 1n;
    // A user repeats an unanswered transaction, byte for byte.
    for (;;) {
      const failure = await this.#try("eth_sendRawTransaction", [signed.raw], (answer) =>
        answer.error === undefined ? answer.result === signed.hash : IS_KNOWN.test(answer.error.message),
      );
      if (failure === undefined) break;
      if (IS_BUSY.test(failure)) continue;
      this.failedWrites.push(failure);
      if (IS_REFUSED.test(failure)) throw new Error(failure);
    }
    this.acknowledged.push(signed);
  }

  async #read(): Promise<void> {
    const { address } = accountOf(this.#index);
    const calls: readonly (readonly [string, unknown[]])[] = [
      ["eth_blockNumber", []],
      ["eth_getBalance", [address, "latest"]],
      ["eth_call", [{ to: RECIPIENT, data: "0x" }, "latest"]],
      ["eth_getLogs", [{ fromBlock: "latest" }]],
    ];
    for (const [method, params] of calls) {
      let failure = await this.#try(method, params, ({ result }) => result !== undefined);
      while (failure !== undefined && IS_BUSY.test(failure))
        failure = await this.#try(method, params, ({ result }) => result !== undefined);
      if (failure !== undefined) this.failedReads.push(failure);
    }
  }

  async #try(
    method: string,
    params: readonly unknown[],
    isGood: (answer: JsonRpcAnswer) => boolean,
  ): Promise<string | undefined> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    try {
      const { status, text } = await this.#post(body);
      return status === 200 && isGood(JSON.parse(text) as JsonRpcAnswer)
        ? undefined
        : `${method}: ${status} ${text}`;
    } catch (error) {
      return `${method}: ${String(error)}`;
    } finally {
      await think();
    }
  }
}

export function hashesOf(users: readonly RpcUser[]): Hex[] {
  return users.flatMap(({ acknowledged }) => acknowledged.map(({ hash }) => hash));
}
