import { type Hex, hexToBytes } from "@trellis/base";
import { encodeFunctionData, isHex } from "viem";
import { batchCall } from "../batchCall.ts";
import { accountOf, privateKeyOf } from "../chain.ts";
import { probeAbi } from "../probe.ts";
import { type SignedCall, signCall } from "../signedCalls.ts";
import { tokenAbi } from "../token.ts";

interface LoadTargets {
  readonly probe: Hex;
  readonly token: Hex;
  readonly recipient: Hex;
}

interface Sent extends SignedCall {
  readonly kind: "transfer" | "token" | "store";
}

const SENDERS = 10;
const BURST_MAX = 4;
const GAS = 120_000n;

export class Load {
  readonly #targets: LoadTargets;
  readonly #random: () => number;
  readonly #keys = Array.from({ length: SENDERS }, (_, index) => hexToBytes(privateKeyOf(index)));
  /** Signing a lost transaction again can produce the same bytes. */
  readonly sent = new Map<Hex, Sent>();
  readonly acknowledged = new Map<Hex, object>();
  #slot = 0n;

  constructor(targets: LoadTargets, random: () => number) {
    this.#targets = targets;
    this.#random = random;
  }

  async run(rpcUrl: string, isOver: () => boolean): Promise<void> {
    const nonces = await this.nonces(rpcUrl, "pending");
    try {
      while (!isOver()) {
        const burst = nonces.flatMap((_, sender) => this.#burst(sender, nonces));
        // The node may accept a transaction and die before it answers.
        for (const signed of burst) this.sent.set(signed.hash, signed);
        await batchCall(
          rpcUrl,
          "eth_sendRawTransaction",
          burst.map(({ raw }) => [raw]),
        );
        await this.collectReceipts(rpcUrl);
      }
    } catch (error) {
      // Errors other than a broken connection fail the test.
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
  }

  async collectReceipts(rpcUrl: string): Promise<void> {
    const asked = [...this.sent.keys()].filter((hash) => !this.acknowledged.has(hash));
    const answers = await batchCall(
      rpcUrl,
      "eth_getTransactionReceipt",
      asked.map((hash) => [hash]),
    );
    for (const [index, { result }] of answers.entries()) {
      if (typeof result === "object" && result !== null) this.acknowledged.set(asked[index]!, result);
    }
  }

  async nonces(rpcUrl: string, at: "latest" | "pending" = "latest"): Promise<bigint[]> {
    const calls = this.#keys.map((_, index) => [accountOf(index).address, at]);
    const answers = await batchCall(rpcUrl, "eth_getTransactionCount", calls);
    return answers.map(({ result }) => {
      if (!isHex(result)) throw new Error(`no nonce: ${JSON.stringify(result)}`);
      return BigInt(result);
    });
  }

  #burst(sender: number, nonces: bigint[]): Sent[] {
    const count = Math.floor(this.#random() * (BURST_MAX + 1));
    return Array.from({ length: count }, () => {
      const nonce = nonces[sender]!;
      nonces[sender] = nonce + 1n;
      return this.#call(sender, nonce);
    });
  }

  #call(sender: number, nonce: bigint): Sent {
    const { probe, token, recipient } = this.#targets;
    const key = this.#keys[sender]!;
    const choice = this.#random();
    if (choice < 0.5) return { kind: "transfer", ...signCall(key, { nonce, to: recipient, value: 1n }) };
    if (choice < 0.7 && sender === 0) {
      const data = encodeFunctionData({ abi: tokenAbi, functionName: "transfer", args: [recipient, 1n] });
      return { kind: "token", ...signCall(key, { nonce, to: token, data, gasLimit: GAS }) };
    }
    this.#slot += 1n;
    const args = [this.#slot % 64n, this.#slot] as const;
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args });
    return { kind: "store", ...signCall(key, { nonce, to: probe, data, gasLimit: GAS }) };
  }
}
