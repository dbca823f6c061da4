import { generateAddress2 } from "@ethereumjs/util";
import { bigintToBytes, bytesToHex, hexToBytes, quantityToHex } from "@trellis/base";
import type { Address, Hash, Json, TracerRequest } from "@trellis/protocol";
import { creationAddress } from "../message/creationAddress.ts";
import type { OracleState } from "../state/OracleState.ts";
import { memorySlice, type Step, type Traced, type Tracer, wordToAddress, wordToHash } from "./hooks.ts";
import { stackFailure } from "./opcodes.ts";

const STORAGE_OPCODES = new Set([0x54, 0x55]);
const SELFDESTRUCT = 0xff;
const ACCOUNT_OPCODES = new Set([0x31, 0x3b, 0x3c, 0x3f, SELFDESTRUCT]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
/** EIP-7702. */
const DESIGNATOR = "0xef0100";
const CREATE = 0xf0;
const CREATE2 = 0xf5;

interface Fields {
  readonly [field: string]: string | number;
  readonly balance: string;
}

interface Shown {
  readonly fields: Fields;
  readonly slots: Map<Hash, bigint>;
}

interface Seen {
  readonly pre: Map<Address, Shown>;
  readonly created: Set<Address>;
  readonly deleted: Set<Address>;
}

type Options = Extract<TracerRequest, { kind: "prestate" }>;

/**
 * geth's prestateTracer (eth/tracers/native): touched accounts before the transaction. In diff mode, changed
 * values before and after.
 */
export function createPrestateTracer({ diffMode }: Options, traced: Traced): Tracer {
  const { state, from, to, isCreation, beneficiaries, authorities } = traced;
  const seen: Seen = { pre: new Map(), created: new Set(isCreation ? [to] : []), deleted: new Set() };
  for (const address of [from, to, ...beneficiaries, ...authorities]) lookUp(seen, state, address);
  /** CREATE2 whose address is looked up after init code is charged. */
  let creation: Step | undefined;
  const lookUpCreation = (): void => {
    if (creation !== undefined) seeCreation(seen, state, create2Address(creation));
    creation = undefined;
  };
  return {
    hooks: {
      onEnter({ depth }) {
        if (depth === 0) seeDelegate(seen, state, to);
        lookUpCreation();
      },
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
    result: () => (diffMode ? diff(seen, state) : prestate(seen)),
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
    const called = wordToAddress(stack[stack.length - 2]!);
    lookUp(seen, state, called);
    seeDelegate(seen, state, called);
  } else if (opcode === CREATE) {
    seeCreation(seen, state, creationAddress(address, state.account(address)?.nonce ?? 0n));
  }
}

function seeDelegate(seen: Seen, state: OracleState, address: Address): void {
  const code = bytesToHex(state.code(address));
  if (code.startsWith(DESIGNATOR)) lookUp(seen, state, `0x${code.slice(DESIGNATOR.length)}`);
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
  const shown = { fields: fieldsNow(state, address), slots: new Map<Hash, bigint>() };
  pre.set(address, shown);
  return shown;
}

function fieldsNow(state: OracleState, address: Address): Fields {
  const { balance, nonce } = state.account(address) ?? { balance: 0n, nonce: 0n };
  const code = state.code(address);
  return {
    balance: quantityToHex(balance),
    ...(code.length > 0 && { code: bytesToHex(code) }),
    ...(nonce > 0n && { nonce: Number(nonce) }),
  };
}

function prestate(seen: Seen): Json {
  const accounts = [...seen.pre].filter(([address]) => !isNew(seen, address));
  return Object.fromEntries(accounts.map(([address, { fields, slots }]) => [address, print(fields, slots)]));
}

function isNew({ pre, created }: Seen, address: Address): boolean {
  const { balance, ...others } = pre.get(address)!.fields;
  return created.has(address) && balance === "0x0" && Object.keys(others).length === 0;
}

/** `post` has only changed fields. Slots omit zeros. */
function diff(seen: Seen, state: OracleState): Json {
  const pre: { [address: string]: Json } = {};
  const post: { [address: string]: Json } = {};
  for (const [address, { fields, slots }] of seen.pre) {
    const isDeleted = seen.deleted.has(address);
    const valueNow = (slot: Hash): bigint => state.slot(address, slot);
    const now = fieldsNow(state, address);
    const touched = [...slots.keys()].filter((slot) => isDeleted || valueNow(slot) !== slots.get(slot));
    const isSame = touched.length === 0 && JSON.stringify(now) === JSON.stringify(fields);
    if (isSame && !isDeleted) continue;
    const filled = (valueAt: (slot: Hash) => bigint): Map<Hash, bigint> =>
      new Map(touched.map((slot) => [slot, valueAt(slot)] as const).filter(([, value]) => value > 0n));
    if (!isNew(seen, address)) {
      pre[address] = print(
        fields,
        filled((slot) => slots.get(slot)!),
      );
    }
    if (isDeleted) continue;
    const changed = Object.entries(now).filter(([name, value]) => fields[name] !== value);
    post[address] = print(Object.fromEntries(changed), filled(valueNow));
  }
  return { post, pre };
}

function print(fields: Readonly<Record<string, Json>>, slots: ReadonlyMap<Hash, bigint>): Json {
  if (slots.size === 0) return fields;
  return {
    ...fields,
    storage: Object.fromEntries([...slots].map(([slot, value]) => [slot, wordToHash(value)])),
  };
}
