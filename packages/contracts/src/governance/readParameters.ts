import type { StateReader } from "@trellis/protocol";
import { PARAMETERS_ADDRESS } from "../addresses.ts";
import { readEpoch } from "../staking/readEpoch.ts";
import { type Place, slotReader, unpack } from "../storage/slots.ts";
import { GOVERNED, type Governed, type GovernedValues } from "./governed.ts";

/** Layout of Parameters.Entry, tested by storage.test.ts. */
export const ENTRY = {
  value: { slot: 0n, offset: 0 },
  next: { slot: 0n, offset: 14 },
  effectiveEpoch: { slot: 0n, offset: 28 },
} as const satisfies Record<string, Place>;

/** Undefined without a Parameters contract. [GOV-3] @param epoch of the state, or the next epoch */
export function readParameters(
  state: StateReader,
  epoch = readEpoch(state).epoch,
): GovernedValues | undefined {
  if (state.account(PARAMETERS_ADDRESS) === undefined) return undefined;
  const read = slotReader(state, PARAMETERS_ADDRESS);
  const values = GOVERNED.map((name, id) => [name, valueIn(read(BigInt(id)), epoch)] as const);
  return Object.fromEntries(values) as Record<Governed, bigint>;
}

function valueIn(entry: bigint, epoch: number): bigint {
  const isScheduled = BigInt(epoch) < unpack(entry, ENTRY.effectiveEpoch, 4);
  return unpack(entry, isScheduled ? ENTRY.value : ENTRY.next, 14);
}
