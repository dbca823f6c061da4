import { runSteps, type Steps } from "@trellis/base";
import {
  type Account,
  type Address,
  BLOOM_BYTES,
  type CallOutcome,
  type Hash,
  type LogEntry,
  type Receipt,
  type StateChanges,
  type TransactionType,
} from "@trellis/protocol";
import type { CoreMemory } from "./CoreMemory.ts";
import type { Engine } from "./Engine.ts";
import { HALTS } from "./halts.ts";
import { MAP } from "./memoryMap.ts";

/** The exact reason requires the tracing build. */
export function readOutcome(memory: CoreMemory): { readonly outcome: CallOutcome } {
  const halt = memory.u32(MAP.RESULT + MAP.R_HALT);
  if (halt <= HALTS.return) return { outcome: "success" };
  if (halt === HALTS.revert) return { outcome: "revert" };
  const isOutOfGas = halt === HALTS.outOfGas || halt === HALTS.codeDeposit || halt === HALTS.initCodeSize;
  return { outcome: isOutOfGas ? "outOfGas" : "invalid" };
}

export function readGasUsed(memory: CoreMemory): bigint {
  return memory.u64(MAP.RESULT + MAP.R_GAS_USED);
}

export function readOutput(memory: CoreMemory): Uint8Array {
  return memory.copy(memory.u32(MAP.RESULT + MAP.R_OUTPUT), memory.u32(MAP.RESULT + MAP.R_OUTPUT_LENGTH));
}

export function readContract(memory: CoreMemory): Address | null {
  if (memory.u32(MAP.MESSAGE + MAP.M_CREATES) === 0) return null;
  return memory.bytesToAddress(MAP.RESULT + MAP.R_CONTRACT);
}

export function readReceipt(
  memory: CoreMemory,
  { type, hash }: { readonly type: TransactionType; readonly hash: Hash },
  gasUsedBefore: bigint,
  { logs, logsBloom }: { readonly logs: LogEntry[]; readonly logsBloom: Uint8Array },
): Receipt {
  const { view } = memory;
  const gasUsed = view.getBigUint64(MAP.RESULT + MAP.R_GAS_USED, true);
  return {
    type,
    status: view.getUint32(MAP.RESULT + MAP.R_STATUS, true) === 1 ? 1 : 0,
    cumulativeGasUsed: gasUsedBefore + gasUsed,
    logsBloom,
    logs,
    transactionHash: hash,
    gasUsed,
    effectiveGasPrice: memory.word(MAP.RESULT + MAP.R_GAS_PRICE),
    contractAddress: readContract(memory),
  };
}

const BLOOMS_PER_BUFFER = 64;

/** Copies the blooms of a carrier's receipts. They share buffers, which are expensive to allocate and to free. */
export class BloomCopies {
  readonly #memory: CoreMemory;
  #left: number;
  #buffer = new Uint8Array(0);
  #at = 0;

  constructor(memory: CoreMemory, countMax: number) {
    this.#memory = memory;
    this.#left = countMax;
  }

  take(): Uint8Array {
    if (this.#at === this.#buffer.length) {
      const count = Math.min(this.#left, BLOOMS_PER_BUFFER);
      this.#left -= count;
      this.#buffer = new Uint8Array(count * BLOOM_BYTES);
      this.#at = 0;
    }
    const bloom = this.#buffer.subarray(this.#at, this.#at + BLOOM_BYTES);
    bloom.set(this.#memory.bloom);
    this.#at += BLOOM_BYTES;
    return bloom;
  }
}

export const LOGS_PER_STEP = 1_000;

export function logCount(memory: CoreMemory): number {
  return memory.u32(MAP.RESULT + MAP.R_LOG_COUNT);
}

export function logDataLength(memory: CoreMemory): number {
  let length = 0;
  let at = memory.u32(MAP.RESULT + MAP.R_LOGS);
  for (let left = logCount(memory); left > 0; left--) {
    length += memory.u32(at + 8);
    at += memory.u32(at);
  }
  return length;
}

export function readLogs(memory: CoreMemory): LogEntry[] {
  const logs: LogEntry[] = [];
  let at = memory.u32(MAP.RESULT + MAP.R_LOGS);
  for (let left = logCount(memory); left > 0; left--) {
    logs.push(readLog(memory, at));
    at += memory.u32(at);
  }
  return logs;
}

export function* readLogsInSteps(memory: CoreMemory): Steps<LogEntry[]> {
  const logs: LogEntry[] = [];
  let at = memory.u32(MAP.RESULT + MAP.R_LOGS);
  for (let left = logCount(memory); left > 0; left--) {
    logs.push(readLog(memory, at));
    at += memory.u32(at);
    if (left % LOGS_PER_STEP === 0) yield;
  }
  return logs;
}

function readLog(memory: CoreMemory, at: number): LogEntry {
  const { view } = memory;
  const topicCount = view.getUint32(at + 4, true);
  const topics: Hash[] = [];
  for (let i = 0; i < topicCount; i++) topics.push(memory.hashHex(at + 32 + 32 * i));
  return {
    address: memory.bytesToAddress(at + 12),
    topics,
    data: memory.copy(at + 32 + 32 * topicCount, view.getUint32(at + 8, true)),
  };
}

const CHANGES_PER_STEP = 1_000;

export function readChanges(engine: Engine): StateChanges {
  return runSteps(readChangesInSteps(engine));
}

export function* readChangesInSteps(engine: Engine): Steps<StateChanges> {
  const accounts = new Map<Address, Account | undefined>();
  const storageCleared = new Set<Address>();
  const codes = new Map<Hash, Uint8Array>();
  const { memory } = engine;
  let read = 0;
  for (let at = engine.core.changedAccounts(); at !== 0; at = memory.u32(at + MAP.A_NEXT_CHANGED)) {
    readChangedAccount(engine, at, { accounts, storageCleared, codes });
    if (++read % CHANGES_PER_STEP === 0) yield;
  }
  return { accounts, storage: yield* readChangedSlots(engine), storageCleared, codes };
}

function readChangedAccount(
  { memory, created }: Engine,
  at: number,
  changes: {
    readonly accounts: Map<Address, Account | undefined>;
    readonly storageCleared: Set<Address>;
    readonly codes: Map<Hash, Uint8Array>;
  },
): void {
  const address = memory.addressHex(at);
  const flags = memory.u32(at + MAP.A_FLAGS);
  const exists = (flags & MAP.ACCOUNT_EXISTS) !== 0;
  const existed = (memory.u32(at + MAP.A_FIRST_FLAGS) & MAP.ACCOUNT_EXISTS) !== 0;
  if (existed && (flags & MAP.ACCOUNT_CLEARED) !== 0) changes.storageCleared.add(address);
  if (!exists) {
    if (existed) changes.accounts.set(address, undefined);
    return;
  }
  const isSame =
    existed &&
    memory.u64(at + MAP.A_NONCE) === memory.u64(at + MAP.A_FIRST_NONCE) &&
    memory.isEqual(at + MAP.A_FIRST_BALANCE, at + MAP.A_BALANCE, 32) &&
    memory.isEqual(at + MAP.A_FIRST_CODE_HASH, at + MAP.A_CODE_HASH, 32);
  if (isSame) return;
  const codeHash = memory.hashHex(at + MAP.A_CODE_HASH);
  const code = created.get(codeHash);
  if (code !== undefined) changes.codes.set(codeHash, code);
  changes.accounts.set(address, {
    nonce: memory.u64(at + MAP.A_NONCE),
    balance: memory.word(at + MAP.A_BALANCE),
    codeHash,
  });
}

function* readChangedSlots({ memory, core }: Engine): Steps<Map<Address, Map<Hash, bigint>>> {
  const storage = new Map<Address, Map<Hash, bigint>>();
  const byAccount = new Map<number, Map<Hash, bigint>>();
  let read = 0;
  for (let at = core.changedSlots(); at !== 0; at = memory.u32(at + MAP.S_NEXT_CHANGED)) {
    if (++read % CHANGES_PER_STEP === 0) yield;
    if (memory.isEqual(at + MAP.S_FIRST, at + MAP.S_VALUE, 32)) continue;
    const account = memory.u32(at + MAP.S_ACCOUNT);
    let slots = byAccount.get(account);
    if (slots === undefined) {
      slots = new Map();
      byAccount.set(account, slots);
      storage.set(memory.addressHex(account), slots);
    }
    slots.set(memory.wordHex(at), memory.word(at + MAP.S_VALUE));
  }
  return storage;
}
