import type { Place } from "../storage/slots.ts";

// storage.test.ts compares this with the compiler's layout. Fixed for each network: the code is in genesis.

export const GATEWAY_LAYOUT = {
  shard: { slot: 0n, offset: 0 },
  shards: { slot: 0n, offset: 2 },
  queueMax: { slot: 0n, offset: 4 },
  lifetimeSeconds: { slot: 0n, offset: 8 },
  outboxes: { slot: 1n, offset: 0 },
  inboxes: { slot: 2n, offset: 0 },
} as const satisfies Record<string, Place>;

export const CROSS_LINKS_LAYOUT = {
  shards: { slot: 0n, offset: 0 },
  records: { slot: 1n, offset: 0 },
} as const satisfies Record<string, Place>;

export const SHARD_RECORD_LAYOUT = {
  height: { slot: 0n, offset: 0 },
  number: { slot: 0n, offset: 8 },
  certifiedIn: { slot: 0n, offset: 16 },
  epoch: { slot: 0n, offset: 20 },
  recordedAt: { slot: 0n, offset: 24 },
  blockHash: { slot: 1n, offset: 0 },
  stateRoot: { slot: 2n, offset: 0 },
} as const satisfies Record<string, Place>;

export const OUTBOX_LAYOUT = {
  sent: { slot: 0n, offset: 0 },
  acknowledged: { slot: 0n, offset: 8 },
  value: { slot: 1n, offset: 0 },
  heads: { slot: 2n, offset: 0 },
} as const satisfies Record<string, Place>;

export const INBOX_LAYOUT = {
  next: { slot: 0n, offset: 0 },
  known: { slot: 0n, offset: 8 },
  height: { slot: 0n, offset: 16 },
  since: { slot: 0n, offset: 24 },
  value: { slot: 1n, offset: 0 },
} as const satisfies Record<string, Place>;
