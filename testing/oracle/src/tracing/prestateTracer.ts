import { generateAddress2 } from "@ethereumjs/util";
import { bigintToBytes, bytesToHex, hexToBytes, quantityToHex } from "@trellis/base";
import type { Address, Hash, Json, TracerRequest } from "@trellis/protocol";
import { creationAddress } from "../message/creationAddress.ts";
import type { OracleState } from "../state/OracleState.ts";
import { memorySlice, type Step, wordToAddress, wordToHash } from "./hooks.ts";
import { stackFailure } from "./opcodes.ts";
import type { Traced, Tracer } from "./Tracer.ts";

const STORAGE_OPCODES = new Set([0x54, 0x55]);
const SELFDESTRUCT = 0xff;
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT */
const ACCOUNT_OPCODES = new Set([0x31, 0x3b, 0x3c, 0x3f, SELFDESTRUCT]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
const CREATE = 0xf0;
const CREATE2 = 0xf5;

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
}

type Options = Extract<TracerRequest, { kind: "prestate" }>;

/**
 * What the transaction looked at, as it was before; in diff mode what it changed, before and after: geth's
 * prestateTracer (eth/tracers/native).
 */
export function createPrestateTracer({ diffMode }: Options, traced: Traced): Tracer {
  const { state, from, to, isCreation, beneficiaries } = traced;
  const seen: Seen = { pre: new Map(), created: new Set(isCreation ? [to] : []), deleted: new Set() };
  for (const address of [from, to, ...beneficiaries]) lookUp(seen, state, address);
  /** CREATE2, looked at when its init code is known to be paid for. */
  let creation: Step | undefined;
  const lookUpCreation = (): void => {
    if (creation !== undefined) seeCreation(seen, state, create2Address(creation));
    creation = undefined;
  };
  return {
    hooks: {
      onEnter: lookUpCreation,
      onStep(step) {
        lookUpCreation();
        if (step.opcode === CREATE2) creation = step;
        else seeStep(seen, state, step);
      },
      onExit(end) {
        if (end.failure === undefined) lookUpCreation();
        creation = undefined;
      },
    },
    result: () => (diffMode ? diff(seen, state) : toJson(withoutNew(seen))),
  };
}

function seeStep(seen: Seen, state: OracleState, { opcode, stack, address }: Step): void {
  if (stackFailure(opcode, stack.length) !== undefined) return;
  const top = stack[stack.length - 1]!;
  if (STORAGE_OPCODES.has(opcode)) {
    const { slots } = lookUp(seen, state, address);
    const slot = wordToHash(top);
    if (!slots.has(slot)) slots.set(slot, state.slot(address, slot));
  } else if (ACCOUNT_OPCODES.has(opcode)) {
    lookUp(seen, state, wordToAddress(top));
    if (opcode === SELFDESTRUCT) seen.deleted.add(address);
  } else if (CALL_OPCODES.has(opcode)) {
    lookUp(seen, state, wordToAddress(stack[stack.length - 2]!));
  } else if (opcode === CREATE) {
    seeCreation(seen, state, creationAddress(address, state.account(address)?.nonce ?? 0n));
  }
}

function seeCreation(seen: Seen, state: OracleState, address: Address): void {
  lookUp(seen, state, address);
  seen.created.add(address);
}

function create2Address({ stack, memory, address }: Step): Address {
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  const initcode = memorySlice(memory, item(1), item(2));
  return bytesToHex(generateAddress2(hexToBytes(address), bigintToBytes(item(3), 32), initcode));
}

function lookUp({ pre }: Seen, state: OracleState, address: Address): Shown {
  const known = pre.get(address);
  if (known !== undefined) return known;
  const shown = { ...shownNow(state, address), slots: new Map<Hash, bigint>() };
  pre.set(address, shown);
  return shown;
}

function shownNow(state: OracleState, address: Address): Omit<Shown, "slots"> {
  const { balance, nonce } = state.account(address) ?? { balance: 0n, nonce: 0n };
  return { balance, nonce, code: state.code(address) };
}

/** Contracts that the transaction made were not there before. */
function withoutNew({ pre, created }: Seen): Map<Address, Shown> {
  const kept = new Map(pre);
  for (const address of created) {
    const shown = kept.get(address);
    if (shown?.balance === 0n && shown.nonce === 0n && shown.code.length === 0) kept.delete(address);
  }
  return kept;
}

function diff(seen: Seen, state: OracleState): Json {
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

/** Go prints maps by key. */
function sorted<V>(map: ReadonlyMap<string, V>): [Address, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)) as [Address, V][];
}
