import type { Hex } from "@trellis/base";
import { lightErrors } from "./errors.ts";
import type { Voters } from "./FinalityProof.ts";
import { hashedSlot, keyOf, ProvenState, wordOf } from "./ProvenState.ts";

/** [STAKE-1] [STAKE-13] */
const STAKING_ADDRESS: Hex = "0x0000000000000000000000000000000000005003";
const EPOCH_SLOT = 0n;
const SETS_SLOT = 4n;
const KEYS_SLOT = 3n;
const MEMBERS_MAX = 1_024n;

export function readVoters(stateRoot: Hex, nodes: readonly Hex[]): Voters {
  const state = new ProvenState(nodes);
  const root = state.storageRoot(stateRoot, STAKING_ADDRESS);
  const word = (slot: bigint): bigint => state.word(root, wordOf(slot));
  const epoch = Number(BigInt.asUintN(32, word(EPOCH_SLOT)));
  const set = hashedSlot(BigInt(epoch), SETS_SLOT);
  const count = word(set);
  if (count === 0n || count > MEMBERS_MAX)
    throw lightErrors.LIGHT_PROOF_INVALID({ what: "set", epoch, members: count });
  const [first, firstKey] = [hashedSlot(set), hashedSlot(set + KEYS_SLOT)];
  const members = Array.from({ length: Number(count) }, (_, index) => {
    const member = word(first + BigInt(index));
    const key = firstKey + 2n * BigInt(index);
    return { publicKey: keyOf(word(key), word(key + 1n)), power: member >> 160n };
  });
  return { epoch, members };
}
