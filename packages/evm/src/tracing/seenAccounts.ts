import { bytesToHex } from "@trellis/base";
import { type Address, type Hash, isDesignator } from "@trellis/protocol";
import { stackFailure } from "./opcodes.ts";
import { type FrameStart, type Step, wordToAddress, wordToHash } from "./TraceHooks.ts";
import type { Traced, TracedState } from "./Tracer.ts";
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

export interface AccountView {
  readonly balance: bigint;
  readonly nonce: bigint;
  readonly code: Uint8Array;
}

export interface Shown extends AccountView {
  readonly slots: Map<Hash, bigint>;
}

export interface Seen {
  readonly pre: Map<Address, Shown>;
  readonly created: Set<Address>;
  readonly deleted: Set<Address>;
  readonly size: TraceSize;
}

/** The accounts and slots that a transaction reads or changes, as before it. */
export function createSeen(traced: Traced): Seen {
  const { state, from, to, isCreation, beneficiaries, authorities, size } = traced;
  const seen: Seen = { pre: new Map(), created: new Set(isCreation ? [to] : []), deleted: new Set(), size };
  for (const address of [from, to, ...beneficiaries, ...authorities]) lookUp(seen, state, address);
  return seen;
}

export function seeStep(seen: Seen, state: TracedState, step: Step): void {
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

export function seeCreation(seen: Seen, state: TracedState, { type, to, depth }: FrameStart): void {
  if (depth === 0 || to === undefined || !type.startsWith("CREATE")) return;
  lookUp(seen, state, to);
  seen.created.add(to);
}

function lookUp({ pre, size }: Seen, state: TracedState, address: Address): Shown {
  const known = pre.get(address);
  if (known !== undefined) return known;
  const shown = { ...accountNow(state, address), slots: new Map<Hash, bigint>() };
  size.add(ACCOUNT_SIZE + 2 * shown.code.length);
  pre.set(address, shown);
  return shown;
}

/** The account whose code runs, because its own code is a designator (EIP-7702). */
export function lookUpDelegate(seen: Seen, state: TracedState, address: Address): void {
  const code = state.code(address);
  if (isDesignator(code)) lookUp(seen, state, bytesToHex(code.subarray(DESIGNATOR_PREFIX_SIZE)));
}

export function accountNow(state: TracedState, address: Address): AccountView {
  const { balance, nonce } = state.account(address);
  return { balance, nonce, code: state.code(address) };
}

/** Go prints maps sorted by key. */
export function sortedByKey<V>(map: ReadonlyMap<string, V>): [Address, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)) as [Address, V][];
}
