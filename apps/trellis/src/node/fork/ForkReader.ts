import { bytesToBigint, type Facts, hexToBytes, isTrellisError, quantityToHex } from "@trellis/base";
import { AnswerReader, type RpcRequest } from "@trellis/client";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  decodeAccount,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { verifyProof } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";

export interface ForkBlock {
  readonly chainId: number;
  readonly number: number;
  readonly hash: Hash;
  readonly stateRoot: Hash;
  readonly timestampMs: number;
  /** wei; undefined before EIP-1559 */
  readonly baseFee: bigint | undefined;
}

export interface ForkAccount {
  /** Undefined if absent. */
  readonly account: Account | undefined;
  readonly code: Uint8Array;
  /** Undefined without proofs. */
  readonly storageRoot: Hash | undefined;
}

interface CheckedBlock {
  readonly hash: Hash;
  readonly isProving: Promise<boolean>;
}

const NODE = "fork";
const NO_BYTES = new Uint8Array(0);
const WORD_BYTES = 32;

/**
 * Reads the state after a block of another chain. Its node may fail or lie: proofs (EIP-1186) are verified
 * against the block's state root if the node gives them. Methods throw FORK_DIFFERENT, FORK_READ_FAILED. [DEV-7]
 */
export class ForkReader {
  readonly #request: RpcRequest;
  readonly #host: string;
  readonly #read = new AnswerReader(NODE);
  #checked: CheckedBlock | undefined;

  /** @param host of the node's URL, whose other parts may be credentials */
  constructor(request: RpcRequest, host: string) {
    this.#request = request;
    this.#host = host;
  }

  findBlock(number: number | "latest"): Promise<ForkBlock> {
    return this.#named(() => this.#findBlock(number));
  }

  /** @returns whether the node proves its answers */
  check(block: ForkBlock): Promise<boolean> {
    return this.#named(() => this.#check(block));
  }

  account(block: ForkBlock, address: Address): Promise<ForkAccount> {
    return this.#named(async () =>
      (await this.#checkOnce(block))
        ? this.#provenAccount(block, address)
        : this.#statedAccount(block, address),
    );
  }

  slot(block: ForkBlock, address: Address, slot: Hash, storageRoot: Hash | undefined): Promise<bigint> {
    return this.#named(async () => {
      if ((await this.#checkOnce(block)) && storageRoot !== undefined)
        return this.#provenSlot(block, address, slot, storageRoot);
      const word = await this.#request("eth_getStorageAt", [address, slot, at(block.hash)]);
      return BigInt(this.#read.hex(word, "slot", WORD_BYTES));
    });
  }

  /** Not proven: only the block's own hash is known. */
  blockHash(block: ForkBlock, number: number): Promise<Hash> {
    return this.#named(async () => {
      await this.#checkOnce(block);
      return (await this.#findBlock(number)).hash;
    });
  }

  request(block: ForkBlock, method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#named(async () => {
      await this.#checkOnce(block);
      return this.#request(method, params);
    });
  }

  async #findBlock(number: number | "latest"): Promise<ForkBlock> {
    const read = this.#read;
    const tag = number === "latest" ? number : quantityToHex(number);
    const [chainId, answer] = await Promise.all([
      this.#request("eth_chainId", []),
      this.#request("eth_getBlockByNumber", [tag, false]),
    ]);
    if (answer === null) throw this.#failure("block unknown", { block: number });
    const fields = read.object(answer, "block");
    const got = read.number(fields.number, "block number");
    if (number !== "latest" && got !== number) throw read.invalid("block number");
    const { baseFeePerGas } = fields;
    return {
      chainId: read.number(chainId, "chain id"),
      number: got,
      hash: read.hex(fields.hash, "block hash", 32),
      stateRoot: read.hex(fields.stateRoot, "state root", 32),
      timestampMs: read.number(fields.timestamp, "block time") * 1_000,
      baseFee: baseFeePerGas == null ? undefined : read.quantity(baseFeePerGas, "base fee"),
    };
  }

  async #check(block: ForkBlock): Promise<boolean> {
    const { chainId, number, hash } = await this.#findBlock(block.number);
    if (chainId !== block.chainId || hash !== block.hash) {
      const expected = { expectedChainId: block.chainId, expectedHash: block.hash };
      throw trellisErrors.FORK_DIFFERENT({ host: this.#host, chainId, block: number, hash, ...expected });
    }
    try {
      await this.#prove(block, ZERO_ADDRESS);
      return true;
    } catch (error) {
      if (isTrellisError(error, "CALL_TIMEOUT") || isTrellisError(error, "CALL_SUSPENDED")) throw error;
      return false;
    }
  }

  #checkOnce(block: ForkBlock): Promise<boolean> {
    if (this.#checked?.hash === block.hash) return this.#checked.isProving;
    const isProving = this.#check(block);
    this.#checked = { hash: block.hash, isProving };
    isProving.catch(() => {
      this.#checked = undefined;
    });
    return isProving;
  }

  async #prove({ hash, stateRoot }: ForkBlock, address: Address) {
    const answer = await this.#request("eth_getProof", [address, [], at(hash)]);
    const { accountProof } = this.#read.object(answer, "proof");
    const encoded = verifyProof(stateRoot, keccak256(hexToBytes(address)), this.#nodes(accountProof));
    return encoded === undefined ? undefined : decodeAccount(encoded);
  }

  async #code({ hash }: ForkBlock, address: Address): Promise<Uint8Array> {
    return hexToBytes(this.#read.hex(await this.#request("eth_getCode", [address, at(hash)]), "code"));
  }

  async #provenAccount(block: ForkBlock, address: Address): Promise<ForkAccount> {
    const [proven, code] = await Promise.all([this.#prove(block, address), this.#code(block, address)]);
    const { account, storageRoot = EMPTY_TRIE_ROOT } = proven ?? {};
    if (codeHashOf(code) !== (account?.codeHash ?? EMPTY_CODE_HASH))
      throw this.#read.invalid("code of the code hash");
    return { account, code, storageRoot };
  }

  async #statedAccount(block: ForkBlock, address: Address): Promise<ForkAccount> {
    const [nonce, balance, code] = await Promise.all([
      this.#request("eth_getTransactionCount", [address, at(block.hash)]),
      this.#request("eth_getBalance", [address, at(block.hash)]),
      this.#code(block, address),
    ]);
    const account = {
      nonce: BigInt(this.#read.number(nonce, "nonce")),
      balance: this.#read.quantity(balance, "balance"),
      codeHash: codeHashOf(code),
    };
    const isAbsent = account.nonce === 0n && account.balance === 0n && code.length === 0;
    return { account: isAbsent ? undefined : account, code, storageRoot: undefined };
  }

  async #provenSlot(block: ForkBlock, address: Address, slot: Hash, storageRoot: Hash): Promise<bigint> {
    const read = this.#read;
    const answer = await this.#request("eth_getProof", [address, [slot], at(block.hash)]);
    const [first] = read.list(read.object(answer, "proof").storageProof, "proof of the slot");
    const { proof } = read.object(first, "proof of the slot");
    const encoded = verifyProof(storageRoot, keccak256(hexToBytes(slot)), this.#nodes(proof));
    const value = encoded === undefined ? NO_BYTES : decodeRlp(encoded);
    if (!(value instanceof Uint8Array) || value.length > WORD_BYTES) throw read.invalid("slot");
    return bytesToBigint(value);
  }

  async #named<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (isTrellisError(error, "FORK_READ_FAILED") || isTrellisError(error, "FORK_DIFFERENT")) throw error;
      throw this.#failure(reasonOf(error), {}, error);
    }
  }

  #failure(reason: string, facts: Facts, cause?: unknown) {
    return trellisErrors.FORK_READ_FAILED({ reason, host: this.#host, ...facts }, cause);
  }

  #nodes(list: unknown): Uint8Array[] {
    const read = this.#read;
    return read.list(list, "proof").map((node) => hexToBytes(read.hex(node, "node of the proof")));
  }
}

/** EIP-1898: a node that has reorganised refuses. */
function at(blockHash: Hash): object {
  return { blockHash, requireCanonical: true };
}

function codeHashOf(code: Uint8Array): Hash {
  return code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(code);
}

const PRUNED = /missing trie node|pruned|header not found|block not found|unknown block|not available/i;

function reasonOf(error: unknown): string {
  if (!isTrellisError(error)) return "invalid response";
  const { code, facts } = error;
  const reason = String(facts.reason ?? facts.expected ?? "");
  if (/ 429\b/.test(reason)) return "rate limit of the node";
  if (code === "NODE_REFUSED" && PRUNED.test(reason)) return `block pruned: ${reason}`;
  if (code === "TRIE_PROOF_INVALID") return "false proof";
  const expected = facts.expected === undefined || facts.reason === undefined ? "" : `, no ${facts.expected}`;
  return reason === "" ? code : `${reason}${expected}`;
}
