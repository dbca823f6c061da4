import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Hash, Json } from "@trellis/protocol";
import {
  type AccountView,
  accountNow,
  createSeen,
  seeCreation,
  seeStep,
  sortedByKey,
} from "./seenAccounts.ts";
import { wordToHash } from "./TraceHooks.ts";
import type { Traced, Tracer } from "./Tracer.ts";

/** Parity's `stateDiff`: "=" is unchanged, "+" created, "-" removed, "*" changed. */
export function createStateDiffTracer(traced: Traced): Tracer {
  const seen = createSeen(traced);
  const { state } = traced;
  return {
    hooks: {
      onEnter: (frame) => seeCreation(seen, state, frame),
      onStep: (step) => seeStep(seen, state, step),
    },
    result() {
      const changed: { [address: string]: Json } = {};
      for (const [address, before] of sortedByKey(seen.pre)) {
        const slots = [...before.slots].map(
          ([slot, value]): Slot => [slot, value, state.slot(address, slot)],
        );
        const diff = accountDiff(before, accountNow(state, address), slots);
        if (diff !== undefined) changed[address] = diff;
      }
      return changed;
    },
  };
}

type Slot = readonly [slot: Hash, before: bigint, after: bigint];
type Sign = "+" | "-";

function accountDiff(before: AccountView, after: AccountView, slots: readonly Slot[]): Json | undefined {
  const changed = slots.filter(([, from, to]) => from !== to);
  const [wasEmpty, isEmpty] = [isEmptyAccount(before), isEmptyAccount(after)];
  if (wasEmpty && isEmpty) return undefined;
  if (wasEmpty) return whole("+", after, changed);
  if (isEmpty) return whole("-", before, []);
  const fields = {
    balance: change(quantityToHex(before.balance), quantityToHex(after.balance)),
    code: change(bytesToHex(before.code), bytesToHex(after.code)),
    nonce: change(quantityToHex(before.nonce), quantityToHex(after.nonce)),
  };
  const isSame = changed.length === 0 && Object.values(fields).every((field) => field === "=");
  if (isSame) return undefined;
  const storage = changed.map(([slot, from, to]) => [slot, change(wordToHash(from), wordToHash(to))]);
  return { ...fields, storage: Object.fromEntries(storage) };
}

function isEmptyAccount({ balance, nonce, code }: AccountView): boolean {
  return balance === 0n && nonce === 0n && code.length === 0;
}

function whole(sign: Sign, { balance, nonce, code }: AccountView, slots: readonly Slot[]): Json {
  const storage = slots.map(([slot, , to]) => [slot, { [sign]: wordToHash(to) }]);
  return {
    balance: { [sign]: quantityToHex(balance) },
    code: { [sign]: bytesToHex(code) },
    nonce: { [sign]: quantityToHex(nonce) },
    storage: Object.fromEntries(storage),
  };
}

function change(from: string, to: string): Json {
  return from === to ? "=" : { "*": { from, to } };
}
