import { bigintToBytes } from "@trellis/base";
import { seededRandom } from "@trellis/kit";
import {
  type Address,
  type BlockInput,
  type BlockResult,
  EMPTY_CODE_HASH,
  type Evm,
  type ForkName,
  type StateReader,
  SYSTEM_ADDRESS,
  type SystemCall,
} from "@trellis/protocol";
import { creationAddress } from "../message/creationAddress.ts";
import {
  ALICE,
  addressOfNumber,
  BOB,
  blockInput,
  COIN,
  CONTEXT,
  carrier,
  stateOf,
  type TestAccount,
  transfer,
} from "../testState.ts";
import { type Book, generateProgram, generateRecursion, type NextRandom } from "./generateProgram.ts";
import { wellFormedInputs } from "./wellFormedInputs.ts";

interface FuzzOptions {
  readonly seed: number;
  readonly programs: number;
}

interface FuzzResult {
  readonly blocks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly systemCalls: { readonly succeeded: number; readonly failed: number };
  readonly differences: readonly string[];
}

const CONTRACTS = [0xc0de, 0xc1de, 0xc2de, 0xc3de].map(addressOfNumber);
const PRECOMPILES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 0x12, 0x13, 0x100].map(addressOfNumber);
/** Delegated accounts (EIP-7702). */
const DELEGATED = [0xde1e, 0xde2e].map(addressOfNumber);
const TARGETS = [
  ...CONTRACTS,
  ...CONTRACTS,
  ...PRECOMPILES,
  ...DELEGATED,
  ALICE,
  BOB,
  SYSTEM_ADDRESS,
  addressOfNumber(0xdead),
];
const RECURSION = addressOfNumber(0xd1e9);
const GAS_LIMITS = [100_000n, 300_000n, 1_000_000n, 3_000_000n];
/** Enough for 1,024 nested calls: each spends about 160 gas and retains 1/64 of the rest. */
const RECURSION_GAS = 200_000_000_000n;
const RECURSION_EVERY = 64;
/** In about every eighth state, the first creation address has an account. */
const OBSTACLE_EVERY = 8;
const OBSTACLES: readonly TestAccount[] = [{ balance: 1n }, { nonce: 1n }, { code: "00" }];
const DIFFERENCES_MAX = 10;
const SYSTEM_CALLS_MAX = 3;
/** Osaka is the most frequent, because networks run its rules. */
const FORKS: readonly ForkName[] = ["osaka", "osaka", "prague", "cancun"];

const BOOK_ADDRESS = addressOfNumber(0xb00c);
const INPUTS = wellFormedInputs();
const BOOK_CODE = `00${INPUTS.map(({ input }) => Buffer.from(input).toString("hex")).join("")}`;
const BOOK: Book = { address: BOOK_ADDRESS, entries: bookEntries() };

function bookEntries(): Book["entries"] {
  let offset = 1;
  return INPUTS.map(({ precompile, input, outputSize }) => {
    const entry = { precompile, offset, size: input.length, outputSize };
    offset += input.length;
    return entry;
  });
}

export async function fuzz(engine: Evm, oracle: Evm, { seed, programs }: FuzzOptions): Promise<FuzzResult> {
  const counts = { blocks: 0, succeeded: 0, failed: 0 };
  const systemCounts = { succeeded: 0, failed: 0 };
  const differences: string[] = [];
  for (let program = 0; program < programs && differences.length < DIFFERENCES_MAX; program++) {
    const random = seededRandom(seed + program);
    const state = randomState(random);
    const isRecursion = Math.floor(random() * RECURSION_EVERY) === 0;
    const depth = bigintToBytes(BigInt(Math.floor(random() * 1_100)), 32);
    const data = isRecursion ? depth : randomBytes(random, Math.floor(random() * 70));
    const most = isRecursion ? RECURSION_GAS : GAS_LIMITS[Math.floor(random() * GAS_LIMITS.length)]!;
    const to = isRecursion ? RECURSION : CONTRACTS[0]!;
    const systemCalls = randomSystemCalls(random);
    // EIP-7825 limits Osaka's transactions.
    const fork = isRecursion ? "prague" : FORKS[program % FORKS.length]!;
    const run = async (gasLimit: bigint): Promise<bigint> => {
      const input = inputOf(state, { to, gasLimit, data }, systemCalls, fork);
      const [ours, theirs] = [await engine.runBlock(input), await oracle.runBlock(input)];
      const difference = compare(state, ours, theirs);
      if (difference !== undefined) {
        differences.push(`seed ${seed + program}, ${fork}, gas ${gasLimit}: ${difference}`);
      }
      counts.blocks++;
      if (isSuccess(ours)) counts.succeeded++;
      else counts.failed++;
      for (const { isSuccess } of ours.systemCalls) systemCounts[isSuccess ? "succeeded" : "failed"]++;
      return ours.gasUsed;
    };
    const used = await run(most);
    const floor = fork === "cancun" ? intrinsicGas(data) : floorGas(data);
    const less = floor + BigInt(Math.floor(random() * Number(used - floor + 1n)));
    for (const gasLimit of [used - 1n, program % 2 === 0 ? used : less]) {
      if (gasLimit >= floor) await run(gasLimit);
    }
  }
  return { ...counts, systemCalls: systemCounts, differences };
}

function randomState(random: NextRandom): StateReader {
  const accounts: Record<string, TestAccount> = {
    [ALICE]: { balance: COIN },
    [BOB]: { balance: 5n },
    [BOOK_ADDRESS]: { nonce: 1n, code: BOOK_CODE },
  };
  for (const [index, address] of CONTRACTS.entries()) {
    const code = Buffer.from(generateProgram(random, { targets: TARGETS, depth: 2, book: BOOK })).toString(
      "hex",
    );
    const slots = { 0: BigInt(Math.floor(random() * 3)), 1: 1n, 2: 0n };
    accounts[address] = { nonce: 1n, balance: BigInt(index * 3), code, slots };
  }
  for (const address of DELEGATED) {
    const delegate = TARGETS[Math.floor(random() * TARGETS.length)]!;
    accounts[address] = { nonce: 1n, balance: 3n, code: `ef0100${delegate.slice(2)}` };
  }
  const bottom = CONTRACTS[Math.floor(random() * CONTRACTS.length)]!;
  const recursion = Buffer.from(generateRecursion(random, RECURSION, bottom)).toString("hex");
  accounts[RECURSION] = { nonce: 1n, balance: 7n, code: recursion };
  if (Math.floor(random() * OBSTACLE_EVERY) === 0) {
    accounts[creationAddress(CONTRACTS[0]!, 1n)] = OBSTACLES[Math.floor(random() * OBSTACLES.length)]!;
  }
  return stateOf(accounts as Parameters<typeof stateOf>[0]);
}

function randomBytes(random: NextRandom, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random() < 0.5 ? 0 : Math.floor(random() * 256)));
}

function randomSystemCalls(random: NextRandom): SystemCall[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const count = Math.max(0, Math.floor(random() * 2 * SYSTEM_CALLS_MAX) - SYSTEM_CALLS_MAX + 1);
  return Array.from({ length: count }, () => ({
    to: pick(TARGETS),
    value: pick([0n, 1n, COIN]),
    data: randomBytes(random, Math.floor(random() * 70)),
    gasLimit: BigInt(Math.floor(random() * Number(pick(GAS_LIMITS)))),
  }));
}

function inputOf(
  state: StateReader,
  fields: { readonly to: Address; readonly gasLimit: bigint; readonly data: Uint8Array },
  systemCalls: readonly SystemCall[],
  fork: ForkName,
): BlockInput {
  const transactions = [transfer(fields)];
  const context = { ...CONTEXT, fork };
  return blockInput(state, [carrier(transactions, { gasLimit: fields.gasLimit })], { systemCalls, context });
}

function intrinsicGas(data: Uint8Array): bigint {
  return 21_000n + BigInt(data.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0));
}

/** EIP-7623. */
function floorGas(data: Uint8Array): bigint {
  return 21_000n + BigInt(data.reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 0));
}

function isSuccess({ outcomes }: BlockResult): boolean {
  const [outcome] = outcomes.flat();
  return outcome?.kind === "accepted" && outcome.receipt.status === 1;
}

function compare(state: StateReader, ours: BlockResult, theirs: BlockResult): string | undefined {
  const [own, other] = [printable(state, ours), printable(state, theirs)];
  if (own === other) return undefined;
  let at = 0;
  while (own[at] === other[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 120), at + 80);
  return `…${around(own)}…, the oracle …${around(other)}…`;
}

function printable(state: StateReader, result: BlockResult): string {
  const { outcomes, gasUsed, logsBloom, systemCalls, changes } = result;
  // Without code there is no storage, so clearing storage is not a difference.
  const hadCode = (address: Address) =>
    (state.account(address)?.codeHash ?? EMPTY_CODE_HASH) !== EMPTY_CODE_HASH;
  const storageCleared = new Set([...changes.storageCleared].filter(hadCode));
  const shown = { gasUsed, outcomes, logsBloom, systemCalls, changes: { ...changes, storageCleared } };
  return JSON.stringify(shown, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    if (value instanceof Set) return [...value].sort();
    return value;
  });
}
