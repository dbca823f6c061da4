import { readActiveSet } from "@trellis/contracts";
import type { StateReader } from "@trellis/protocol";
import type { Voter } from "../consensus/rules/AnchoredState.ts";

/** @param state of shard 0 */
export function readVoters(state: StateReader, epoch: number): readonly Voter[] {
  return readActiveSet(state, epoch).members.map(({ validator, key, power }) => ({
    address: validator,
    publicKey: key,
    power,
  }));
}
