import { runSteps, type Steps } from "@trellis/base";
import type {
  Account,
  Address,
  CallOutcome,
  Hash,
  LogEntry,
  Receipt,
  StateChanges,
  TransactionType,
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
  return memory.hex(MAP.RESULT + MAP.R_CONTRACT, 20);
}

export function readReceipt(
  memory: CoreMemory,
  { type, hash }: { readonly type: TransactionType; readonly hash: Hash },
  gasUsedBefore: bigint,
  logs: LogEntry[] = readLogs(memory),
): Receipt {
  const gasUsed = readGasUsed(memory);
  return {
    type,
    status: memory.u32(MAP.RESULT + MAP.R_STATUS) === 1 ? 1 : 0,
    cumulativeGasUsed: gasUsedBefore + gasUsed,
    logsBloom: memory.copy(MAP.RESULT + MAP.R_BLOOM, 256),
    logs,
    transactionHash: hash,
    gasUsed,
    effectiveGasPrice: memory.word(MAP.RESULT + MAP.R_GAS_PRICE),
    contractAddress: readContract(memory),
  };
}

export function readLogs(memory: CoreMemory): LogEntry[] {
  return runSteps(readLogsInSteps(memory));
}

const LOGS_PER_STEP = 1_000;

export function* readLogsInSteps(memory: CoreMemory): Steps<LogEntry[]> {
  const logs: LogEntry[] = [];
  let at = memory.u32(MAP.RESULT + MAP.R_LOGS);
  let address: Address | undefined;
  let addressAt = 0;
  for (let left = memory.u32(MAP.RESULT + MAP.R_LOG_COUNT); left > 0; left--) {
    // Consecutive logs often share an address.
    if (address === undefined || !memory.isSameAddress(addressAt, at + 12)) address = memory.hex(at + 12, 20);
    addressAt = at + 12;
    const topicCount = memory.u32(at + 4);
    const topics: Hash[] = [];
    for (let i = 0; i < topicCount; i++) topics.push(memory.hex(at + 32 + 32 * i, 32));
    const data = memory.copy(at + 32 + 32 * topicCount, memory.u32(at + 8));
    logs.push({ address, topics, data });
    at += memory.u32(at);
    if (left % LOGS_PER_STEP === 0) yield;
  }
  return logs;
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
  const { bytes } = memory;
  const isSame =
    existed &&
    memory.u64(at + MAP.A_NONCE) === memory.u64(at + MAP.A_FIRST_NONCE) &&
    bytes.compare(
      bytes,
      at + MAP.A_FIRST_BALANCE,
      at + MAP.A_FIRST_BALANCE + 32,
      at + MAP.A_BALANCE,
      at + MAP.A_BALANCE + 32,
    ) === 0 &&
    bytes.compare(
      bytes,
      at + MAP.A_FIRST_CODE_HASH,
      at + MAP.A_FIRST_CODE_HASH + 32,
      at + MAP.A_CODE_HASH,
      at + MAP.A_CODE_HASH + 32,
    ) === 0;
  if (isSame) return;
  const codeHash = memory.hex(at + MAP.A_CODE_HASH, 32);
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
  const { bytes } = memory;
  let read = 0;
  for (let at = core.changedSlots(); at !== 0; at = memory.u32(at + MAP.S_NEXT_CHANGED)) {
    if (++read % CHANGES_PER_STEP === 0) yield;
    const isSame =
      bytes.compare(
        bytes,
        at + MAP.S_FIRST,
        at + MAP.S_FIRST + 32,
        at + MAP.S_VALUE,
        at + MAP.S_VALUE + 32,
      ) === 0;
    if (isSame) continue;
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
