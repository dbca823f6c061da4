import {
  bytesToHex,
  type Hex,
  hexToBytes,
  isHex,
  isTrellisError,
  LruMap,
  quantityToHex,
} from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { clientErrors } from "../errors.ts";
import { askAtBlock, createRpcChainView, type RpcRequest } from "../evm/createRpcChainView.ts";
import { isRevert, rpcFailureOf, stateRefusal } from "../evm/nodeRefusal.ts";
import { onChain } from "../evm/onChain.ts";
import { createAnswerReader } from "../evm/readAnswers.ts";
import type { AccountState, OverriddenCall, StateClient, TouchedAccount } from "./StateClient.ts";

/** JSON-RPC's codes for a method that a node does not have or does not offer. */
const METHOD_MISSING: ReadonlySet<number> = new Set([-32601, -32004]);
/** Nodes name accounts without code by this or by zero. */
const EMPTY_CODE_HASH = bytesToHex(keccak256(new Uint8Array(0)));
/** Nodes prove only the newest few blocks, and read far older ones: so many of those are remembered. */
const UNPROVED_BLOCKS_MAX = 64;
const ZERO_WORD: Hex = `0x${"00".repeat(32)}`;

/** EIP-1898 */
interface BlockAt {
  readonly blockHash: Hex;
  readonly requireCanonical: true;
}

/**
 * States by one node's JSON-RPC: an account with its slots by one `eth_getProof`, where the node has it and has it for
 * the block, or by four methods that every node has.
 */
export function createRpcStateClient(name: string, chainId: number, unchecked: RpcRequest): StateClient {
  const read = createAnswerReader(name);
  const request = onChain(name, chainId, unchecked);
  const view = createRpcChainView(name, request);
  let hasProofs = true;
  const unproved = new LruMap<Hex, true>(UNPROVED_BLOCKS_MAX);

  async function accountByProof(address: Hex, slots: readonly Hex[], at: BlockAt): Promise<AccountState> {
    const proof = read.object(await request("eth_getProof", [address, slots, at]), "proof");
    if (!Array.isArray(proof.storageProof) || proof.storageProof.length !== slots.length)
      throw clientErrors.NODE_ANSWER_INVALID({ node: name, expected: "proof of the slots" });
    const codeHash = read.hex(proof.codeHash, "code hash", 32);
    return {
      nonce: read.quantity(proof.nonce, "nonce"),
      balance: read.quantity(proof.balance, "balance"),
      codeHash: codeHash === ZERO_WORD ? EMPTY_CODE_HASH : codeHash,
      slots: proof.storageProof.map((item: unknown) =>
        read.quantity(read.object(item, "slot").value, "slot"),
      ),
    };
  }

  /** Undefined where the node has no proofs, or none of this block. */
  async function provedAccount(
    address: Hex,
    slots: readonly Hex[],
    at: BlockAt,
  ): Promise<AccountState | undefined> {
    if (!hasProofs || unproved.has(at.blockHash)) return undefined;
    try {
      return await accountByProof(address, slots, at);
    } catch (error) {
      if (isMethodMissing(error)) hasProofs = false;
      else if (!isBlockUnknown(stateRefusal(name, error))) throw error;
      return undefined;
    }
  }

  async function accountByParts(address: Hex, slots: readonly Hex[], at: BlockAt): Promise<AccountState> {
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

  return {
    name,
    blockHash: view.blockHash,
    code: async (address, blockHash) =>
      read.hex(await askAtBlock(name, request, "eth_getCode", address, blockHash), "code"),
    async account(address, slots, blockHash) {
      const at: BlockAt = { blockHash, requireCanonical: true };
      try {
        const proof = await provedAccount(address, slots, at);
        if (proof !== undefined) return proof;
        const account = await accountByParts(address, slots, at);
        unproved.set(blockHash, true);
        return account;
      } catch (error) {
        throw stateRefusal(name, error);
      }
    },
    async touched(call, blockHash) {
      try {
        const answer = read.object(
          await request("eth_createAccessList", parametersOf(call, blockHash)),
          "access list",
        );
        return touchedOf(answer.accessList, read);
      } catch {
        // It only saves requests: whoever asks goes on without, and a node that is gone says so again.
        return undefined;
      }
    },
    async callOverridden(call, blockHash) {
      try {
        const answer = await request("eth_call", parametersOf(call, blockHash));
        if (isHex(answer)) return answer;
      } catch (error) {
        if (isRevert(error)) return undefined;
        throw stateRefusal(name, error);
      }
      throw clientErrors.NODE_ANSWER_INVALID({ node: name, expected: "call result" });
    },
  };
}

function isMethodMissing(error: unknown): boolean {
  return METHOD_MISSING.has(rpcFailureOf(error)?.code ?? 0);
}

function isBlockUnknown(error: unknown): boolean {
  return isTrellisError(error, "NODE_BLOCK_UNKNOWN");
}

function parametersOf({ from, to, data, gasLimit, codes, context }: OverriddenCall, blockHash: Hex) {
  const message = { from, to, data, gas: quantityToHex(gasLimit) };
  const state = Object.fromEntries([...codes].map(([address, code]) => [address, { code }]));
  const block = { number: quantityToHex(context.number), time: quantityToHex(context.timeSeconds) };
  return [message, { blockHash, requireCanonical: true }, state, block];
}

function touchedOf(accessList: unknown, read: ReturnType<typeof createAnswerReader>): TouchedAccount[] {
  if (!Array.isArray(accessList)) return [];
  return accessList.map((item: unknown) => {
    const { address, storageKeys } = read.object(item, "access list's entry");
    const keys: readonly unknown[] = Array.isArray(storageKeys) ? storageKeys : [];
    return {
      address: read.hex(address, "address", 20),
      slots: keys.map((key) => read.hex(key, "slot", 32)),
    };
  });
}
