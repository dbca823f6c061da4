import type { Place } from "../storage/slots.ts";

// storage.test.ts compares this with the compiler's layout. Fixed for each network: the code is in genesis.

export const STAKING_LAYOUT = {
  epoch: { slot: 0n, offset: 0 },
  epochStart: { slot: 0n, offset: 4 },
  certifiedHeight: { slot: 0n, offset: 12 },
  certifiedSetEpoch: { slot: 0n, offset: 20 },
  isHandedOver: { slot: 0n, offset: 24 },
  validators: { slot: 2n, offset: 0 },
  sets: { slot: 4n, offset: 0 },
  certifiedSigners: { slot: 5n, offset: 0 },
} as const satisfies Record<string, Place>;

export const EPOCH_SET_LAYOUT = {
  members: { slot: 0n, offset: 0 },
  totalPower: { slot: 1n, offset: 0 },
  certificates: { slot: 1n, offset: 16 },
  keys: { slot: 3n, offset: 0 },
} as const satisfies Record<string, Place>;

export const MEMBER_KEY_LAYOUT = {
  head: { slot: 0n, offset: 0 },
  tail: { slot: 1n, offset: 0 },
} as const satisfies Record<string, Place>;

export const VALIDATOR_LAYOUT = {
  keyHead: { slot: 0n, offset: 0 },
  isJailed: { slot: 1n, offset: 26 },
  isTombstoned: { slot: 1n, offset: 27 },
} as const satisfies Record<string, Place>;
