import { bytesToHex, quantityToHex } from "@trellis/base";
import { type Address, EMPTY_CODE_HASH, EncodedJson, type Hash } from "@trellis/protocol";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { AnswerList } from "./AnswerList.ts";

/** `key` is the client's text if it has 32 bytes, otherwise the shortest quantity. */
export interface ProofKey {
  readonly slot: Hash;
  readonly key: string;
}

/** Encodes shared trie nodes once. */
export async function writeProof(
  { chain, limits }: Pick<RpcNode, "chain" | "limits">,
  at: Hash,
  { account, keys }: { readonly account: Address; readonly keys: readonly ProofKey[] },
  pacing: Pacing,
): Promise<EncodedJson> {
  const proof = chain.proofAt(at, account);
  const written = new WeakMap<Uint8Array, string>();
  const nodeJson = (node: Uint8Array): string => {
    const json = written.get(node) ?? `"${bytesToHex(node)}"`;
    written.set(node, json);
    return json;
  };
  const storage = new AnswerList(limits);
  for (const { slot, key } of keys) {
    const { value, proof: nodes } = proof.proveSlot(slot);
    storage.addJson(
      `{"key":"${key}","value":"${quantityToHex(value)}","proof":[${nodes.map(nodeJson).join(",")}]}`,
    );
    if (pacing.isDue) await pacing.pause();
  }
  const rest = JSON.stringify({
    address: account,
    balance: quantityToHex(proof.account?.balance ?? 0n),
    nonce: quantityToHex(proof.account?.nonce ?? 0n),
    codeHash: proof.account?.codeHash ?? EMPTY_CODE_HASH,
    storageHash: proof.storageRoot,
    accountProof: proof.accountProof.map(bytesToHex),
  });
  return new EncodedJson(`${rest.slice(0, -1)},"storageProof":${storage.toJson().text()}}`);
}
