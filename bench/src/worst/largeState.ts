import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigintToBytes, bytesToHex } from "@trellis/base";
import { BaseState, STATE_TABLES } from "@trellis/chain";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Evm,
  type Hash,
  type StateReader,
} from "@trellis/protocol";
import { openStore, openTables, type WriteOperation } from "@trellis/storage";
import { Assembler } from "./Assembler.ts";
import { blockOf, SENDER, senderAccount } from "./blockOf.ts";
import { startCpuTimer } from "./cpuTimer.ts";
import type { OpcodeName } from "./opcodes.ts";

interface LargeStateOptions {
  readonly accounts: number;
  readonly directory: string | undefined;
  readonly gas: number;
  log(line: string): void;
}

interface LargeStateRow {
  readonly mgasPerSecond: number;
  readonly kind: string;
  readonly readsPerSecond: number;
}

const BATCH = 50_000;
const LOGGED = 1_000_000;
const CODE_EVERY = 8;
const CODE_SIZE = 2_000;
const CODES_MAX = 100_000;
const READER: Address = `0x${"de".repeat(20)}`;
const HOLDER: Address = `0x${"51".repeat(20)}`;
const ROUNDS = 5;

const OPERATIONS = ["BALANCE", "EXTCODEHASH", "EXTCODESIZE", "EXTCODECOPY", "STATICCALL", "SLOAD"] as const;
type Operation = (typeof OPERATIONS)[number];

export async function measureLargeState(evm: Evm, options: LargeStateOptions) {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "trellis-worst-")));
  const store = await openStore(join(directory, `state-${options.accounts}`), "lmdb", { isDurable: false });
  try {
    const tables = openTables(STATE_TABLES, store);
    const startMs = performance.now();
    const isBuilt = tables.accounts.has(addressAt(options.accounts - 1));
    if (!isBuilt) await buildState(tables, (operations) => store.write(operations), options);
    const buildSeconds = (performance.now() - startMs) / 1_000;
    const base = new BaseState(tables, {});
    const rows: LargeStateRow[] = [];
    for (const operation of OPERATIONS) rows.push(await measureReads(evm, base, operation, options));
    for (const { kind, mgasPerSecond } of rows)
      options.log(`${mgasPerSecond.toFixed(2).padStart(10)} Mgas/s  ${kind}`);
    return { accounts: options.accounts, buildSeconds: isBuilt ? 0 : buildSeconds, rows };
  } finally {
    await store.close();
    if (options.directory === undefined) await rm(directory, { recursive: true });
  }
}

type Tables = ReturnType<typeof openTables<typeof STATE_TABLES>>;

async function buildState(
  tables: Tables,
  write: (operations: readonly WriteOperation[]) => Promise<void>,
  { accounts, log }: LargeStateOptions,
): Promise<void> {
  let operations: WriteOperation[] = [];
  let written = Promise.resolve();
  for (let index = 0; index < accounts; index++) {
    const isContract = index % CODE_EVERY === 0;
    const code = codeAt(index);
    const codeHash = isContract ? keccak256Hex(code) : EMPTY_CODE_HASH;
    const account = { nonce: 1n, balance: BigInt(index) + 1n, codeHash, storageRoot: EMPTY_TRIE_ROOT };
    operations.push(tables.accounts.put(addressAt(index), account));
    operations.push(tables.slots.put({ address: HOLDER, slot: slotAt(index) }, BigInt(index) + 1n));
    if (isContract && index / CODE_EVERY < CODES_MAX) operations.push(tables.codes.put(codeHash, code));
    if (operations.length < BATCH && index + 1 < accounts) continue;
    await written;
    written = write(operations);
    operations = [];
    if (index % LOGGED > (index + BATCH) % LOGGED)
      log(`${(index + 1).toLocaleString("en")} accounts written`);
  }
  await written;
}

async function measureReads(
  evm: Evm,
  base: BaseState,
  operation: Operation,
  { accounts, gas }: LargeStateOptions,
): Promise<LargeStateRow> {
  let best = { mgasPerSecond: 0, readsPerSecond: 0 };
  const code = readerCode(operation, accounts);
  for (let round = 0; round < ROUNDS; round++) {
    let reads = 0;
    const state = overlay(base, code, () => reads++);
    const start = 1 + round * 7_919 + OPERATIONS.indexOf(operation) * 104_729;
    const to = operation === "SLOAD" ? HOLDER : READER;
    // A transaction may not use a whole block's gas (EIP-7825).
    const transactions = [start, start + 15_485_863].map((from) => {
      return { to, gas: gas / 2, data: bigintToBytes(BigInt(from), 32) };
    });
    const input = blockOf({ state, gas, transactions });
    const cpuTimer = startCpuTimer();
    const { gasUsed } = await evm.runBlock(input);
    const cpuMs = cpuTimer();
    const mgasPerSecond = Number(gasUsed) / cpuMs / 1_000;
    if (mgasPerSecond > best.mgasPerSecond) best = { mgasPerSecond, readsPerSecond: (reads / cpuMs) * 1_000 };
  }
  return { kind: `cold ${operation} of ${accounts.toLocaleString("en")} on disk`, ...best };
}

function overlay(base: BaseState, code: Uint8Array, countRead: () => void): StateReader {
  const codeHash = keccak256Hex(code);
  return {
    account: (address) => {
      if (address === SENDER) return senderAccount;
      if (address === READER || address === HOLDER) return { nonce: 1n, balance: 0n, codeHash };
      countRead();
      return base.account(address);
    },
    storage: (address, slot) => {
      countRead();
      return base.storage(address, slot);
    },
    code: (hash) => (hash === codeHash ? code : base.code(hash)),
  };
}

/** Reads at Keccak hashes of consecutive numbers, the first of which is in the call data. */
function readerCode(operation: Operation, accounts: number): Uint8Array {
  const assembler = new Assembler(() => READER);
  const loop = assembler.newLabel();
  assembler
    .push(0)
    .op("CALLDATALOAD")
    .push(2 ** 40)
    .op("MUL")
    .place(loop);
  const copyBytes = operation === "EXTCODECOPY";
  if (operation === "STATICCALL") assembler.push(0).push(0).push(0).push(0);
  if (copyBytes) assembler.push(CODE_SIZE).push(0).push(64);
  const height = operation === "STATICCALL" ? 5 : copyBytes ? 4 : 1;
  const isCode = operation !== "BALANCE" && operation !== "SLOAD";
  if (isCode) assembler.push(CODE_EVERY);
  assembler.push(isCode ? Math.floor(accounts / CODE_EVERY) : accounts).dup(height + (isCode ? 2 : 1));
  assembler.push(0x9e37_79b9_7f4a_7c15n).op("MUL").push(20).op("SHR", "MOD");
  if (isCode) assembler.op("MUL");
  assembler.push(0).op("MSTORE").push(32).push(0).op("KECCAK256");
  if (operation === "STATICCALL") assembler.push(0);
  assembler.op(operation as OpcodeName);
  if (!copyBytes) assembler.op("POP");
  assembler.push(1).op("ADD", "GAS").push(20_000).op("LT").pushLabel(loop).op("JUMPI", "STOP");
  return assembler.assemble();
}

function addressAt(index: number): Address {
  return bytesToHex(keccak256(bigintToBytes(BigInt(index), 32)).subarray(12));
}

function slotAt(index: number): Hash {
  return keccak256Hex(bigintToBytes(BigInt(index), 32));
}

const SHARED_CODE = new Uint8Array(CODE_SIZE);

function codeAt(index: number): Uint8Array {
  const code = SHARED_CODE.slice();
  new DataView(code.buffer).setUint32(CODE_SIZE - 4, (index / CODE_EVERY) % CODES_MAX);
  return code;
}
