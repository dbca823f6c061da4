import { bigintToBytes, bytesToHex, quantityToHex } from "@trellis/base";
import { type ChainView, EMPTY_CODE_HASH, type StateReader } from "@trellis/protocol";
import { type BlockParameter, blockParameter } from "../../decoding/blockParameter.ts";
import { arrayOf, type Decoder } from "../../decoding/Decoder.ts";
import { address, storageSlot } from "../../decoding/hex.ts";
import { storageRequests } from "../../decoding/storageRequests.ts";
import { resolveHeader } from "../../reading/resolveBlock.ts";
import { type ProofKey, writeProof } from "../../reading/writeProof.ts";
import { defineMethod, defineScan, optional, required } from "../Method.ts";

const PROOF_SLOTS_MAX = 1_024;
const FULL_KEY_LENGTH = 66;

const proofKey: Decoder<ProofKey> = {
  schema: storageSlot.schema,
  decode(value) {
    const slot = storageSlot.decode(value);
    const isFull = typeof value === "string" && value.length === FULL_KEY_LENGTH;
    return { slot, key: isFull ? slot : quantityToHex(BigInt(slot)) };
  },
};

const at = optional("block", blockParameter, "latest");

export const accountMethods = [
  defineMethod({
    name: "eth_getBalance",
    summary: "Returns the balance of an account, in wei.",
    params: [required("address", address), at],
    handle: ({ chain }, [account, block]) =>
      quantityToHex(stateAt(chain, block).account(account)?.balance ?? 0n),
  }),
  defineMethod({
    name: "eth_getTransactionCount",
    summary: "Returns the nonce of an account; for pending, the nonce after its pending transactions.",
    params: [required("address", address), at],
    handle({ chain, pool }, [account, block]) {
      if (block === "pending") return quantityToHex(pool.nextNonce(account));
      return quantityToHex(stateAt(chain, block).account(account)?.nonce ?? 0n);
    },
  }),
  defineMethod({
    name: "eth_getCode",
    summary: "Returns the code of a contract; 0x for other accounts.",
    params: [required("address", address), at],
    handle({ chain }, [account, block]) {
      const state = stateAt(chain, block);
      const codeHash = state.account(account)?.codeHash ?? EMPTY_CODE_HASH;
      return codeHash === EMPTY_CODE_HASH ? "0x" : bytesToHex(state.code(codeHash));
    },
  }),
  defineMethod({
    name: "eth_getStorageAt",
    summary: "Returns a storage slot of a contract, 32 bytes.",
    params: [required("address", address), required("slot", storageSlot), at],
    handle: ({ chain }, [account, slot, block]) =>
      bytesToHex(bigintToBytes(stateAt(chain, block).storage(account, slot), 32)),
  }),
  defineScan({
    name: "eth_getStorageValues",
    summary: "Returns storage slots of several contracts, 32 bytes each, by address.",
    params: [required("requests", storageRequests), at],
    async handle({ chain }, [requests, block], pacing) {
      const state = stateAt(chain, block);
      const answer: Record<string, string[]> = {};
      for (const { key, account, slots } of requests) {
        const values: string[] = [];
        for (const slot of slots) {
          values.push(bytesToHex(bigintToBytes(state.storage(account, slot), 32)));
          if (pacing.isDue) await pacing.pause();
        }
        answer[key] = values;
      }
      return answer;
    },
  }),
  defineScan({
    name: "eth_getProof",
    summary:
      "Returns an account and storage slots with Merkle proofs against the state root (EIP-1186), from the final block on.",
    params: [required("address", address), required("slots", arrayOf(proofKey, PROOF_SLOTS_MAX)), at],
    handle: (node, [account, keys, block], pacing) =>
      writeProof(node, resolveHeader(node.chain, block).hash, { account, keys }, pacing),
  }),
];

function stateAt(chain: ChainView, block: BlockParameter): StateReader {
  return chain.stateAt(resolveHeader(chain, block).hash);
}
