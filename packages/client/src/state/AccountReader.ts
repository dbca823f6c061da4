import { bytesToHex, type Hex, hexToBytes, isTrellisError, LruMap } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { AnswerReader } from "../evm/AnswerReader.ts";
import type { RpcRequest } from "../evm/createRpcChainView.ts";
import { rpcFailureOf, stateRefusal } from "../evm/nodeRefusal.ts";
import type { AccountState } from "./StateClient.ts";

const METHOD_MISSING: ReadonlySet<number> = new Set([-32601, -32004]);
/** Nodes use it, too, for blocks that they cannot prove: pruned ones, and those of a fork. */
const SERVER_ERROR = -32000;
/** Some nodes return a zero hash for empty code. */
const EMPTY_CODE_HASH = bytesToHex(keccak256(new Uint8Array(0)));
/** Remembers blocks without proofs: nodes can read older blocks than they can prove. */
const UNPROVED_BLOCKS_MAX = 64;
const ZERO_WORD: Hex = `0x${"00".repeat(32)}`;

/** EIP-1898 */
interface BlockAt {
  readonly blockHash: Hex;
  readonly requireCanonical: true;
}

/** Falls back from `eth_getProof` to four standard methods. */
export class AccountReader {
  readonly #name: string;
  readonly #request: RpcRequest;
  readonly #read: AnswerReader;
  readonly #unproved = new LruMap<Hex, true>(UNPROVED_BLOCKS_MAX);
  #hasProofs = true;

  constructor(name: string, request: RpcRequest) {
    this.#name = name;
    this.#request = request;
    this.#read = new AnswerReader(name);
  }

  async account(address: Hex, slots: readonly Hex[], blockHash: Hex): Promise<AccountState> {
    const at: BlockAt = { blockHash, requireCanonical: true };
    try {
      const proved = await this.#proved(address, slots, at);
      if (proved !== undefined) return proved;
      const account = await this.#byParts(address, slots, at);
      this.#unproved.set(blockHash, true);
      return account;
    } catch (error) {
      throw stateRefusal(this.#name, error);
    }
  }

  async #proved(address: Hex, slots: readonly Hex[], at: BlockAt): Promise<AccountState | undefined> {
    if (!this.#hasProofs || this.#unproved.has(at.blockHash)) return undefined;
    try {
      return await this.#byProof(address, slots, at);
    } catch (error) {
      const code = rpcFailureOf(error)?.code ?? 0;
      if (METHOD_MISSING.has(code)) this.#hasProofs = false;
      else if (
        code !== SERVER_ERROR &&
        !isTrellisError(stateRefusal(this.#name, error), "NODE_BLOCK_UNKNOWN")
      )
        throw error;
      return undefined;
    }
  }

  async #byProof(address: Hex, slots: readonly Hex[], at: BlockAt): Promise<AccountState> {
    const read = this.#read;
    const proof = read.object(await this.#request("eth_getProof", [address, slots, at]), "proof");
    const proved = read.list(proof.storageProof, "proof of the slots");
    if (proved.length !== slots.length) throw read.invalid("proof of the slots");
    const codeHash = read.hex(proof.codeHash, "code hash", 32);
    return {
      nonce: read.quantity(proof.nonce, "nonce"),
      balance: read.quantity(proof.balance, "balance"),
      codeHash: codeHash === ZERO_WORD ? EMPTY_CODE_HASH : codeHash,
      slots: proved.map((item) => read.quantity(read.object(item, "slot").value, "slot")),
    };
  }

  async #byParts(address: Hex, slots: readonly Hex[], at: BlockAt): Promise<AccountState> {
    const [read, request] = [this.#read, this.#request];
    const [nonce, balance, code, ...words] = await Promise.all([
      request("eth_getTransactionCount", [address, at]),
      request("eth_getBalance", [address, at]),
      request("eth_getCode", [address, at]),
      ...slots.map((slot) => request("eth_getStorageAt", [address, slot, at])),
    ]);
    return {
      nonce: read.quantity(nonce, "nonce"),
      balance: read.quantity(balance, "balance"),
      codeHash: bytesToHex(keccak256(hexToBytes(read.hex(code, "code")))),
      slots: words.map((word) => BigInt(read.hex(word, "slot", 32))),
    };
  }
}
