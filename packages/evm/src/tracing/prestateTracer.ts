import { bytesToHex, quantityToHex } from "@trellis/base";
import { type Address, type Hash, isDesignator, type Json, type TracerRequest } from "@trellis/protocol";
import { stackFailure } from "./opcodes.ts";
import { type FrameStart, type Step, wordToAddress, wordToHash } from "./TraceHooks.ts";
import type { Traced, TracedState, Tracer } from "./Tracer.ts";
import type { TraceSize } from "./TraceSize.ts";

const STORAGE_OPCODES = new Set([0x54, 0x55]);
const SELFDESTRUCT = 0xff;
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT */
const ACCOUNT_OPCODES = new Set([0x31, 0x3b, 0x3c, 0x3f, SELFDESTRUCT]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);

/** EIP-7702. */
const DESIGNATOR_PREFIX_SIZE = 3;
const ACCOUNT_SIZE = 160;
const SLOT_SIZE = 140;

interface Shown {
  readonly balance: bigint;
  readonly nonce: bigint;
  readonly code: Uint8Array;
  readonly slots: Map<Hash, bigint>;
}

interface Seen {
  readonly pre: Map<Address, Shown>;
  readonly created: Set<Address>;
  readonly deleted: Set<Address>;
  readonly size: TraceSize;
}

type Options = Extract<TracerRequest, { kind: "prestate" }>;

/** geth's prestateTracer (eth/tracers/native). */
export function createPrestateTracer({ diffMode }: Options, traced: Traced): Tracer {
  const { state, from, to, isCreation, beneficiaries, authorities, size } = traced;
  const seen: Seen = { pre: new Map(), created: new Set(isCreation ? [to] : []), deleted: new Set(), size };
  for (const address of [from, to, ...beneficiaries, ...authorities]) lookUp(seen, state, address);
  return {
    hooks: {
      onEnter(frame) {
        // The transaction's own authorizations have been applied.
        if (frame.depth === 0) lookUpDelegate(seen, state, to);
        seeCreation(seen, state, frame);
      },
      onStep: (step) => seeStep(seen, state, step),
    },
    result() {
      return diffMode ? diff(seen, state) : toJson(withoutNew(seen));
    },
  };
}

function seeStep(seen: Seen, state: TracedState, step: Step): void {
  const { opcode, address, stackHeight } = step;
  const isSlot = STORAGE_OPCODES.has(opcode);
  const isCall = CALL_OPCODES.has(opcode);
  if (!isSlot && !isCall && !ACCOUNT_OPCODES.has(opcode)) return;
  if (stackFailure(opcode, stackHeight) !== undefined) return;
  if (isSlot) {
    const { slots } = lookUp(seen, state, address);
    const slot = wordToHash(step.stackItem(0));
    if (slots.has(slot)) return;
    seen.size.add(SLOT_SIZE);
    slots.set(slot, state.slot(address, slot));
    return;
  }
  const touched = wordToAddress(step.stackItem(isCall ? 1 : 0));
  lookUp(seen, state, touched);
  if (isCall) lookUpDelegate(seen, state, touched);
  if (opcode === SELFDESTRUCT) seen.deleted.add(address);
}

function seeCreation(seen: Seen, state: TracedState, { type, to, depth }: FrameStart): void {
  if (depth === 0 || to === undefined || !type.startsWith("CREATE")) return;
  lookUp(seen, state, to);
  seen.created.add(to);
}

function lookUp({ pre, size }: Seen, state: TracedState, address: Address): Shown {
  const known = pre.get(address);
  if (known !== undefined) return known;
  const shown = { ...shownNow(state, address), slots: new Map<Hash, bigint>() };
  size.add(ACCOUNT_SIZE + 2 * shown.code.length);
  pre.set(address, shown);
  return shown;
}

/** The account whose code runs, because its own code is a designator (EIP-7702). */
function lookUpDelegate(seen: Seen, state: TracedState, address: Address): void {
  const code = state.code(address);
  if (isDesignator(code)) lookUp(seen, state, bytesToHex(code.subarray(DESIGNATOR_PREFIX_SIZE)));
}

function shownNow(state: TracedState, address: Address): Omit<Shown, "slots"> {
  const { balance, nonce } = state.account(address);
  return { balance, nonce, code: state.code(address) };
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
  for (const [address, before] of sorted(seen.pre)) {
    if (seen.deleted.has(address)) {
      pre.set(address, { ...before, slots: filled(before.slots) });
      continue;
    }
    const slots = new Map([...before.slots].filter(([slot, value]) => state.slot(address, slot) !== value));
    const after = changedFields(before, shownNow(state, address), slots, (slot) => state.slot(address, slot));
    if (after === undefined) continue;
    pre.set(address, { ...before, slots: filled(slots) });
    post[address] = after;
  }
  return { post, pre: toJson(withoutNew({ ...seen, pre })) };
}

function changedFields(
  before: Shown,
  after: Omit<Shown, "slots">,
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
    sorted(accounts).map(([address, { balance, nonce, code, slots }]) => [
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
  return { storage: Object.fromEntries(sorted(slots).map(([slot, value]) => [slot, wordToHash(value)])) };
}

/** Go prints maps sorted by key. */
function sorted<V>(map: ReadonlyMap<string, V>): [Address, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)) as [Address, V][];
}
