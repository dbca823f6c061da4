import { Agent } from "node:http";
import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { accountsFromMnemonic, keccak256 } from "@trellis/crypto";
import { encodeRlp, signTransaction, TRANSACTION_TYPES, type UnsignedTransaction } from "@trellis/protocol";
import { MNEMONIC } from "../chain.ts";
import { call } from "./Client.ts";

const POLL_MS = 50;
const GWEI = 10n ** 9n;
/** In wei. Exceeds every base fee of these tests. */
const MAX_FEE = 10_000n * GWEI;
const TIP = GWEI;

export type Draft = Partial<Omit<UnsignedTransaction, "nonce" | "chainId" | "data">> & {
  readonly data?: Hex;
};

export class Wallet {
  readonly url: string;
  readonly address: Hex;
  readonly privateKey: Uint8Array;
  nonce = 0;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(url: string, privateKey: Uint8Array, address: Hex) {
    this.url = url;
    this.privateKey = privateKey;
    this.address = address;
  }

  static async open(url: string, index: number): Promise<Wallet> {
    const { privateKey, address } = accountsFromMnemonic(MNEMONIC, index + 1)[index]!;
    const wallet = new Wallet(url, privateKey, bytesToHex(address));
    wallet.nonce = await wallet.confirmed();
    return wallet;
  }

  async confirmed(block: "latest" | "pending" = "latest"): Promise<number> {
    const { result } = await call(this.url, "eth_getTransactionCount", [this.address, block], this.#agent);
    return Number(result);
  }

  sign(draft: Draft, nonce = this.nonce++): Hex {
    const { encoded } = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: 31_337n,
        nonce: BigInt(nonce),
        gasLimit: 21_000n,
        to: this.address,
        value: 0n,
        accessList: [],
        maxFeePerGas: MAX_FEE,
        maxPriorityFeePerGas: TIP,
        ...draft,
        data: hexToBytes(draft.data ?? "0x"),
      },
      this.privateKey,
    );
    return bytesToHex(encoded);
  }

  contractAt(nonce: number): Hex {
    return bytesToHex(keccak256(encodeRlp([hexToBytes(this.address), BigInt(nonce)])).subarray(12));
  }

  async send(draft: Draft): Promise<Hex> {
    const { result, error } = await call(this.url, "eth_sendRawTransaction", [this.sign(draft)], this.#agent);
    if (error !== undefined) throw new Error(`refused: ${error.message}`);
    return result as Hex;
  }

  async deploy(initCodes: readonly Hex[], gasLimit: bigint): Promise<Hex[]> {
    const addresses: Hex[] = [];
    for (const data of initCodes) {
      while (this.nonce - (await this.confirmed()) > DEPLOYMENTS_AT_ONCE) await sleep(POLL_MS);
      addresses.push(this.contractAt(this.nonce));
      await this.send({ to: null, data, gasLimit });
    }
    await this.settled();
    return addresses;
  }

  async settled(): Promise<void> {
    while ((await this.confirmed()) < this.nonce) await sleep(POLL_MS);
  }

  async flood(draft: Draft, atOnce: number): Promise<never> {
    for (;;) {
      try {
        while (this.nonce - (await this.confirmed()) >= atOnce) await sleep(POLL_MS);
        await this.send(draft);
      } catch {
        await sleep(POLL_MS);
        this.nonce = await this.confirmed().catch(() => this.nonce);
      }
    }
  }
}

/** Below the maximum of a transaction (EIP-7825). */
export const HALF_BLOCK_GAS = 14_950_000n;
const DEPLOYMENTS_AT_ONCE = 20;

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
