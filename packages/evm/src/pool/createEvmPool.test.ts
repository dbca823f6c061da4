import { isTrellisError } from "@trellis/base";
import {
  type Address,
  type BlockInput,
  type CallEvm,
  type CallInput,
  type CallResult,
  DEFAULT_FORK,
  EncodedJson,
  type Hash,
  jsonText,
  type StateReader,
  type TracerRequest,
} from "@trellis/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import {
  ALICE,
  blockInput,
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  contractState,
  OTHER,
  push32,
  RETURN_TOP,
  random,
  transaction,
  word,
} from "../testing/testState.ts";
import { createEvmPool, type EvmPool, type EvmPoolOptions } from "./createEvmPool.ts";
import { READS_PER_SLICE, SLICE_MS } from "./ReadBudget.ts";
import { ManualScheduler } from "./testing/ManualScheduler.ts";

const BLOCK: Hash = `0x${"12".repeat(32)}`;
const LOOP = "5b5f56";
const GAS = 10n ** 12n;
const LIMITED = { onlyTopCall: false, withLog: true } as const;
const STRUCT_LOGS: TracerRequest = {
  kind: "structLogs",
  enableMemory: true,
  disableStack: false,
  disableStorage: false,
  enableReturnData: true,
  limit: 0,
};
const TRACERS: readonly TracerRequest[] = [
  STRUCT_LOGS,
  { kind: "call", ...LIMITED },
  { kind: "prestate", diffMode: true },
  { kind: "prestate", diffMode: false },
  { kind: "parityFrames", select: { kind: "all" } },
  { kind: "parityReplay", trace: true, stateDiff: true },
];

const evm = createEvm({ random });
let scheduler: ManualScheduler;
let pool: EvmPool;
beforeEach(() => open());
afterEach(() => pool.close());

function open(options: Partial<EvmPoolOptions> = {}): void {
  scheduler = new ManualScheduler(SLICE_MS);
  pool = createEvmPool({ workers: 1, ...options }, scheduler);
}

async function reopen(options: Partial<EvmPoolOptions>): Promise<void> {
  await pool.close();
  open(options);
}

function cancellable() {
  const controller = new AbortController();
  const { signal } = controller;
  return { abort: () => controller.abort(), cancellation: { signal, isOver: () => signal.aborted } };
}

async function outcomeOf(run: () => unknown): Promise<unknown> {
  try {
    return { value: plain(await run()) };
  } catch (error) {
    if (!isTrellisError(error)) return { error };
    const { code: errorCode, message, facts, hint, consequence } = error;
    return { errorCode, message, facts, hint, consequence };
  }
}

function plain(value: unknown): unknown {
  if (value instanceof EncodedJson) return JSON.parse(value.text());
  if (Array.isArray(value))
    return value.map((entry) => ("result" in entry ? { ...entry, result: plain(entry.result) } : entry));
  return value;
}

async function expectSame(run: (on: CallEvm) => unknown): Promise<void> {
  expect(await outcomeOf(() => run(pool))).toEqual(await outcomeOf(() => run(evm)));
}

async function expectAllSame(input: CallInput): Promise<void> {
  await expectSame((on) => on.call(input));
  await expectSame((on) => on.estimateGas(input));
  await expectSame((on) => on.createAccessList(input));
  for (const tracer of TRACERS) await expectSame((on) => on.traceCall(input, tracer));
  const { request, ...sequence } = input;
  const calls = TRACERS.map((tracer) => ({ request, tracer }));
  const bundles = [{ blockOverrides: { number: 5n }, calls }];
  const block = { hash: BLOCK, overrides: { number: 101n }, stateOverrides: undefined };
  await expectSame((on) =>
    on.simulateBlocks({
      ...sequence,
      parent: { hash: BLOCK, gasUsed: 0n },
      rules: { baseFeeChangeDenominator: 8n, baseFeeMin: 1n, forks: [{ name: DEFAULT_FORK, number: 0 }] },
      blocks: [{ ...block, calls: [{ request, nonce: undefined }] }],
      gasMax: 50_000_000n,
      validates: false,
      logsTransfers: true,
    }),
  );
  await expectSame(async (on) => ({ value: plain(await on.traceCalls({ ...sequence, bundles })) }));
}

function notifying(program: Uint8Array, onSlot: () => void): StateReader {
  const storage = (): bigint => {
    onSlot();
    return 0n;
  };
  return { ...contractState(program), storage };
}

function counted(state: StateReader) {
  const reads: string[] = [];
  const reader: StateReader = {
    account(address) {
      reads.push(`account ${address}`);
      return state.account(address);
    },
    storage(address, slot) {
      reads.push(`slot ${Number(slot)}`);
      return state.storage(address, slot);
    },
    code(codeHash) {
      reads.push("code");
      return state.code(codeHash);
    },
  };
  return { reads, reader };
}

describe("EVM-17: a pool returns the results of the EVM", () => {
  it("for any program", async () => {
    const piece = fc.constantFrom(
      ...[
        "5b",
        "5f",
        "6001",
        "6020",
        "50",
        "80",
        "01",
        "5a",
        "54",
        "55",
        "51",
        "52",
        "20",
        "3e",
        "fe",
        "56",
        "57",
      ],
      ...[
        "60015f55",
        "60205f5f3e",
        "5f5ff3",
        "60205ffd",
        "31",
        "3b",
        "3f",
        "a0",
        "5c",
        "5d",
        "43600190034050",
      ],
      "5f5f5f5f5f305af1",
      `5f5f5f5f5f73${OTHER.slice(2)}5af1`,
      "600a6000526004601cf0",
      "60205fa0",
      `5f5f5f5f600173${ALICE.slice(2)}5af1`,
    );
    const input = fc.record({
      pieces: fc.array(piece, { maxLength: 25 }),
      gasLimit: fc.bigInt({ min: 20_000n, max: 80_000n }),
      isCreation: fc.boolean(),
      fee: fc.constantFrom(0n, 2_000n),
      isOverridden: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ pieces, gasLimit, isCreation, fee, isOverridden }) => {
        const program = code(pieces.join(""));
        const slot: Hash = `0x${"00".repeat(32)}`;
        const overrides = new Map([
          [CONTRACT, { code: program, balance: 7n, stateDiff: new Map([[slot, 5n]]) }],
          [OTHER, { nonce: 3n, state: new Map([[slot, 9n]]) }],
        ]);
        const state = contractState(isOverridden ? code("00") : program, {
          [OTHER]: { code: code("5f54", RETURN_TOP), slots: { [slot]: 4n } },
        });
        const accessList = [{ address: OTHER, storageKeys: [slot] }];
        const fees = { maxFeePerGas: fee, maxPriorityFeePerGas: fee };
        const to = isCreation ? { to: null, data: program } : {};
        await expectAllSame(
          callInput(state, { gasLimit, accessList, ...fees, ...to }, isOverridden ? { overrides } : {}),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("for a block", async () => {
    const state = contractState(code(`5f546001015f55${"60205fa0"}4050`));
    const first = transaction({ to: OTHER, value: 5n });
    const second = transaction({ nonce: 1n });
    const skipped = transaction({ nonce: 9n });
    const third = transaction({ nonce: 2n, data: new Uint8Array(1_000).fill(1) });
    const input = blockInput(state, [first, skipped, second]);
    const carrier = { ...input.carriers[0]!, transactions: [third] };
    const block: BlockInput = {
      ...input,
      carriers: [...input.carriers, carrier],
      credits: [{ address: OTHER, amount: 7n }],
      hash: BLOCK,
    };
    for (const tracer of TRACERS) {
      await expectSame((on) => on.traceBlock(block, tracer));
      await expectSame((on) => on.traceBlock(block, tracer, third.transaction.hash));
      await expectSame((on) => on.traceBlock(block, tracer, skipped.transaction.hash));
    }
    await expectSame((on) => on.traceBlock(blockInput(state, []), TRACERS[1]!));
  });

  it("for a block's deliveries", async () => {
    const state = contractState(code("5f546001015f55"));
    const call = { to: CONTRACT, value: 5n, data: new Uint8Array(2), gasLimit: 100_000n };
    const transactionHash: Hash = `0x${"34".repeat(32)}`;
    const delivery = { ...call, isDelivery: true, transactionHash };
    const openingCalls = [{ ...call, isDelivery: false }, delivery];
    const block = { ...blockInput(state, [transaction({})]), openingCalls, hash: BLOCK };
    for (const tracer of TRACERS) await expectSame((on) => on.traceBlock(block, tracer));
    const [only] = await pool.traceBlock(block, { kind: "prestate", diffMode: true }, transactionHash);
    expect(jsonText(only!.result as EncodedJson)).toContain(`0x${word(2n)}`);
  });

  it("for code, data, output and logs of any size", async () => {
    const large = new Uint8Array(2_000_000).fill(0x5b);
    const address: Address = OTHER;
    const overrides = new Map([[address, { code: large }]]);
    const program = `365f5f37365fa0 73${OTHER.slice(2)}3b 80 5f 5f 73${OTHER.slice(2)} 3c 5ff3`;
    const state = contractState(code(program.replaceAll(" ", "")));
    const request = { data: new Uint8Array(300_000).fill(2), gasLimit: 100_000_000n };
    const input = callInput(state, request, { overrides });
    const result = (await pool.call(input)) as CallResult;
    expect(result.output).toHaveLength(2_000_000);
    expect(result.logs).toMatchObject([{ data: { length: 300_000 } }]);
    expect(result).toEqual(evm.call(input));
  });

  it("CALL_TOO_LARGE", async () => {
    await reopen({ limits: { memoryBytes: 65_536 } });
    const state = contractState(code(`${push32(100_000n)}51`));
    const call = pool.call(callInput(state));
    await expect(call).rejects.toMatchObject({
      code: "CALL_TOO_LARGE",
      facts: { reason: "engine limit", limit: "memoryBytes" },
    });
  });

  it("for many concurrent calls", async () => {
    await reopen({ workers: 2 });
    const calls = Array.from({ length: 300 }, async (_, index) => {
      const state = contractState(code(push32(index), RETURN_TOP));
      const { output } = await pool.call(
        callInput(state, {}, index % 2 === 0 ? {} : { stateBlock: hashOf(index) }),
      );
      return Number(BigInt(`0x${Buffer.from(output).toString("hex")}`));
    });
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 300 }, (_, index) => index));
    expect(pool.threadCount).toBe(2);
  });
});

describe("reads of the state", () => {
  const program = code("5f5450600154", RETURN_TOP);

  it("are made once per block state, whatever a call overrides", async () => {
    const { reads, reader } = counted(contractState(program));
    await pool.call(callInput(reader, {}, { stateBlock: BLOCK }));
    expect(reads.filter((read) => read.startsWith("slot"))).toEqual(["slot 0", "slot 1"]);
    const count = reads.length;
    const overrides = new Map([[CONTRACT, { stateDiff: new Map([[hashOf(1), 8n]]) }]]);
    const overridden = await pool.call(callInput(reader, {}, { stateBlock: BLOCK, overrides }));
    expect(overridden.output.at(-1)).toBe(8);
    expect((await pool.call(callInput(reader, {}, { stateBlock: BLOCK }))).output.at(-1)).toBe(0);
    expect(reads).toHaveLength(count);
  });

  it("are made again for another block, and without a block", async () => {
    const { reads, reader } = counted(contractState(program));
    const slots = () => reads.filter((read) => read.startsWith("slot")).length;
    await pool.call(callInput(reader, {}, { stateBlock: BLOCK }));
    await pool.call(callInput(reader, {}, { stateBlock: hashOf(2) }));
    expect(slots()).toBe(4);
    await pool.call(callInput(reader));
    await pool.call(callInput(reader));
    expect(slots()).toBe(8);
  });

  it("continue in the next slice when a call reads more than one allows", async () => {
    const { reads, reader } = counted(contractState(code("5f5b80545060010161ffff5a11600157", RETURN_TOP)));
    const { output } = await pool.call(callInput(reader, { gasLimit: 3_000_000n }));
    expect(BigInt(`0x${Buffer.from(output).toString("hex")}`)).toBeGreaterThan(READS_PER_SLICE);
    expect(reads.length).toBeGreaterThan(READS_PER_SLICE);
  });

  it.each(["account", "storage", "code"] as const)(
    "a failed read of %s does not change the next call",
    async (kind) => {
      const state = contractState(program);
      const reason = new RangeError("as the test asked");
      const failing = {
        ...state,
        [kind]: () => {
          throw reason;
        },
      };
      const { output } = await evm.call(callInput(state));
      for (const on of [pool, createEvm({ random })]) {
        await expect(async () => on.call(callInput(failing))).rejects.toBe(reason);
        expect((await on.call(callInput(state))).output).toEqual(output);
      }
    },
  );

  it("reads a block hash once per call", async () => {
    const asked: bigint[] = [];
    const blockHash = (number: bigint) => {
      asked.push(number);
      return CONTEXT.blockHash(number);
    };
    const state = contractState(code("6063405060634050606240", RETURN_TOP));
    const input = callInput(state, {}, { context: { ...CONTEXT, blockHash }, stateBlock: BLOCK });
    expect((await pool.call(input)).output.at(-1)).toBe(98);
    expect(asked).toEqual([99n, 98n]);
  });

  it.each(["account", "storage", "code"] as const)(
    "an error of %s ends the call and is thrown",
    async (kind) => {
      const reason = new RangeError("no such state");
      const fails = (): never => {
        throw reason;
      };
      const state = { ...contractState(code(`5f54${LOOP.replace("5f", "6002")}`)), [kind]: fails };
      const input = callInput(state, { gasLimit: GAS }, { stateBlock: BLOCK });
      await expect(pool.call(input)).rejects.toBe(reason);
      await expect(pool.traceCall(input, TRACERS[1]!)).rejects.toBe(reason);
      const whole = callInput(contractState(program), {}, { stateBlock: BLOCK });
      expect(await pool.call(whole)).toMatchObject({
        outcome: kind === "code" ? "success" : expect.any(String),
      });
    },
  );
});

describe("EVM-13, CALL_STOPPED: an abandoned call ends by itself", () => {
  it.each([
    ["a loop", "5f54505b600356"],
    ["calls without end", "5f54505b5f5f5f5f305afa50600356"],
    ["precompiles without end", "5f54505b5f5f5f5f60025afa50600356"],
  ])("%s", async (_, program) => {
    for (const kind of ["call", "estimateGas", "createAccessList"] as const) {
      const { abort, cancellation } = cancellable();
      const started = Promise.withResolvers<void>();
      const state = notifying(code(program), started.resolve);
      const outcome = pool[kind](callInput(state, { gasLimit: GAS }, { cancellation })).catch(
        (error) => error,
      );
      await started.promise;
      abort();
      expect(await outcome).toMatchObject({ code: "CALL_STOPPED" });
    }
    await pool.call(callInput(contractState(code("00"))));
  });

  it("during a read of the state", async () => {
    const { abort, cancellation } = cancellable();
    const { reads, reader } = counted(contractState(code("5f5450600154506002545000")));
    const state = {
      ...reader,
      storage(address: Address, slot: Hash) {
        abort();
        return reader.storage(address, slot);
      },
    };
    await expect(pool.call(callInput(state, {}, { cancellation }))).rejects.toMatchObject({
      code: "CALL_STOPPED",
    });
    expect((await pool.call(callInput(contractState(code("00"))))).outcome).toBe("success");
    expect(reads.filter((read) => read.startsWith("slot"))).toEqual(["slot 0"]);
  });

  it("if its time expires while this thread is busy: the next read ends the call", async () => {
    let isOver = false;
    const { signal } = new AbortController();
    const { reads, reader } = counted(contractState(code("5f5450600154506002545000")));
    const state = {
      ...reader,
      storage(address: Address, slot: Hash) {
        isOver = true;
        return reader.storage(address, slot);
      },
    };
    const call = pool.call(callInput(state, {}, { cancellation: { signal, isOver: () => isOver } }));
    await expect(call).rejects.toMatchObject({ code: "CALL_STOPPED" });
    expect(reads.filter((read) => read.startsWith("slot"))).toEqual(["slot 0"]);
  });

  it("a trace", async () => {
    const { abort, cancellation } = cancellable();
    const started = Promise.withResolvers<void>();
    const state = {
      ...contractState(code(LOOP)),
      code() {
        started.resolve();
        return code(LOOP);
      },
    };
    const block = blockInput(state, [transaction({ gasLimit: 1n << 24n })]);
    const trace = pool.traceBlock(block, { kind: "call", ...LIMITED }, undefined, cancellation);
    const outcome = trace.then(
      () => undefined,
      (error: unknown) => error,
    );
    await started.promise;
    abort();
    expect(await outcome).toMatchObject({ code: "CALL_STOPPED" });
  });

  it("a slow precompile: its worker is terminated", async () => {
    const { abort, cancellation } = cancellable();
    const started = Promise.withResolvers<void>();
    // After the slot read, MODEXP of 8,192 bytes takes minutes. Osaka refuses it.
    const size = code(word(8_192));
    const numbers = new Uint8Array(3 * 8_192).fill(0x55, 0, 8_192).fill(0xff, 8_192);
    const data = new Uint8Array([...size, ...size, ...size, ...numbers]);
    const program = code("5f5450365f5f375f5f365f60055afa");
    const state = notifying(program, started.resolve);
    const context = { ...CONTEXT, fork: "cancun" } as const;
    const call = pool.call(callInput(state, { gasLimit: GAS, data }, { cancellation, context }));
    const outcome = call.catch((error) => error);
    await started.promise;
    setTimeout(abort, 200);
    expect(await outcome).toMatchObject({ code: "CALL_STOPPED" });
    scheduler.fire(500);
    expect((await pool.call(callInput(contractState(code("00"))))).outcome).toBe("success");
  });
});

describe("memory", () => {
  const trace = () =>
    pool.traceCall(callInput(contractState(code(LOOP)), { gasLimit: 3_000_000n }), {
      ...STRUCT_LOGS,
      enableMemory: false,
    } as TracerRequest);

  it("CALL_TOO_LARGE, worker out of memory, and the next call gets another worker", async () => {
    await reopen({ heapMib: 24 });
    await expect(trace()).rejects.toMatchObject({
      code: "CALL_TOO_LARGE",
      facts: { reason: "worker out of memory" },
    });
    expect((await pool.call(callInput(contractState(code("00"))))).outcome).toBe("success");
  });

  it("the heap of a worker holds the largest trace", async () => {
    await expect(trace()).rejects.toMatchObject({
      code: "CALL_TOO_LARGE",
      facts: { reason: "trace too long" },
    });
    expect(pool.threadCount).toBe(1);
  });
});

function hashOf(number: number): Hash {
  return `0x${number.toString(16).padStart(64, "0")}`;
}
