import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Hash, Json, TracerRequest } from "@trellis/protocol";
import {
  type AccountView,
  accountNow,
  createSeen,
  lookUpDelegate,
  type Seen,
  type Shown,
  seeCreation,
  seeStep,
  sortedByKey,
} from "./seenAccounts.ts";
import { wordToHash } from "./TraceHooks.ts";
import type { Traced, TracedState, Tracer } from "./Tracer.ts";

type Options = Extract<TracerRequest, { kind: "prestate" }>;

/** geth's prestateTracer (eth/tracers/native). */
export function createPrestateTracer({ diffMode }: Options, traced: Traced): Tracer {
  const { state } = traced;
  const seen = createSeen(traced);
  return {
    hooks: {
      onEnter(frame) {
        // The transaction's own authorizations have been applied.
        if (frame.depth === 0) lookUpDelegate(seen, state, traced.to);
        seeCreation(seen, state, frame);
      },
      onStep: (step) => seeStep(seen, state, step),
    },
    result() {
      return diffMode ? diff(seen, state) : toJson(withoutNew(seen));
    },
  };
}

function withoutNew({ pre, created }: Seen): Map<Address, Shown> {
  const kept = new Map(pre);
  for (const address of created) {
    const shown = kept.get(address);
    if (shown?.balance === 0n && shown.nonce === 0n && shown.code.length === 0) kept.delete(address);
  }
  return kept;
}

function diff(seen: Seen, state: TracedState): Json {
  const pre = new Map<Address, Shown>();
  const post: { [address: string]: Json } = {};
  for (const [address, before] of sortedByKey(seen.pre)) {
    if (seen.deleted.has(address)) {
      pre.set(address, { ...before, slots: filled(before.slots) });
      continue;
    }
    const slots = new Map([...before.slots].filter(([slot, value]) => state.slot(address, slot) !== value));
    const after = changedFields(before, accountNow(state, address), slots, (slot) =>
      state.slot(address, slot),
    );
    if (after === undefined) continue;
    pre.set(address, { ...before, slots: filled(slots) });
    post[address] = after;
  }
  return { post, pre: toJson(withoutNew({ ...seen, pre })) };
}

function changedFields(
  before: Shown,
  after: AccountView,
  changedSlots: ReadonlyMap<Hash, bigint>,
  readSlot: (slot: Hash) => bigint,
): Json | undefined {
  const isCodeNew = bytesToHex(before.code) !== bytesToHex(after.code);
  const slots = new Map([...changedSlots.keys()].map((slot) => [slot, readSlot(slot)]));
  const fields = {
    ...(after.balance === before.balance ? {} : { balance: quantityToHex(after.balance) }),
    ...(isCodeNew && after.code.length > 0 ? { code: bytesToHex(after.code) } : {}),
    ...(after.nonce === before.nonce || after.nonce === 0n ? {} : { nonce: Number(after.nonce) }),
    ...storageToJson(filled(slots)),
  };
  const isChanged =
    after.balance !== before.balance || after.nonce !== before.nonce || isCodeNew || changedSlots.size > 0;
  return isChanged ? fields : undefined;
}

function filled(slots: ReadonlyMap<Hash, bigint>): Map<Hash, bigint> {
  return new Map([...slots].filter(([, value]) => value !== 0n));
}

function toJson(accounts: ReadonlyMap<Address, Shown>): { [address: string]: Json } {
  return Object.fromEntries(
    sortedByKey(accounts).map(([address, { balance, nonce, code, slots }]) => [
      address,
      {
        balance: quantityToHex(balance),
        ...(code.length === 0 ? {} : { code: bytesToHex(code) }),
        ...(nonce === 0n ? {} : { nonce: Number(nonce) }),
        ...storageToJson(slots),
      },
    ]),
  );
}

function storageToJson(slots: ReadonlyMap<Hash, bigint>): { storage?: Json } {
  if (slots.size === 0) return {};
  return {
    storage: Object.fromEntries(sortedByKey(slots).map(([slot, value]) => [slot, wordToHash(value)])),
  };
}
