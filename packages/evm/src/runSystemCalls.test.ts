import { bytesToBigint, bytesToHex } from "@trellis/base";
import {
  type Address,
  type BlockResult,
  type Carrier,
  type StateReader,
  SYSTEM_ADDRESS,
  type SystemCall,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTEXT,
  CONTRACT,
  code,
  contractState,
  MINER,
  OTHER,
  push32,
  RETURN_TOP,
  random,
  stateOf,
  transaction,
} from "./testing/testState.ts";

const evm = createEvm({ random });
const MERGER: Address = `0x${"22".repeat(20)}`;

function systemCall(fields: Partial<SystemCall> = {}): SystemCall {
  return { to: CONTRACT, value: 0n, data: new Uint8Array(0), gasLimit: 100_000n, ...fields };
}

function run(
  state: StateReader,
  calls: readonly Partial<SystemCall>[],
  carriers: readonly Carrier[] = [],
): BlockResult {
  const systemCalls = calls.map(systemCall);
  return evm.runBlock({ ...blockInput(state, []), carriers, systemCalls }) as BlockResult;
}

function carrierOf(...transactions: Carrier["transactions"]): Carrier {
  return { coinbase: MINER, tipRecipient: MINER, gasLimit: 30_000_000n, transactions };
}

function outputsOf({ systemCalls }: BlockResult): bigint[] {
  return systemCalls.map(({ output }) => bytesToBigint(output));
}

function slotsOf({ changes }: BlockResult, address = CONTRACT): Record<string, bigint> {
  const slots = changes.storage.get(address) ?? new Map<string, bigint>();
  return Object.fromEntries([...slots].map(([slot, value]) => [BigInt(slot).toString(), value]));
}

function isUnchanged({ changes }: BlockResult): boolean {
  const { accounts, storage, storageCleared, codes } = changes;
  return accounts.size + storage.size + storageCleared.size + codes.size === 0;
}

const COUNTER = `5f546001015f555f54${RETURN_TOP}`;
const pushAddress = (address: Address): string => `73${address.slice(2)}`;
const isDear = (access: string): string => `5a${access}505a9003${push32(1_000)}10${RETURN_TOP}`;

describe("EVM-11: order", () => {
  it("in order, on the result of the transactions, and before the credits", () => {
    const program = code(`5f546001015f55${pushAddress(MINER)}31${RETURN_TOP}`);
    const input = blockInput(contractState(program), [transaction({ maxPriorityFeePerGas: 0n })]);
    const result = evm.runBlock({
      ...input,
      systemCalls: [systemCall(), systemCall()],
      baseFeeShare: { recipient: MINER, basisPoints: 10_000 },
      credits: [{ address: MINER, amount: 5n }],
    }) as BlockResult;
    expect(slotsOf(result)).toEqual({ 0: 3n });
    expect(outputsOf(result)).toEqual([0n, 0n]);
    expect(result.changes.accounts.get(MINER)!.balance).toBe(result.gasUsed * CONTEXT.baseFee + 5n);
  });

  it("each sees the effects of earlier ones", () => {
    expect(outputsOf(run(contractState(code(COUNTER)), [{}, {}, {}]))).toEqual([1n, 2n, 3n]);
  });

  it("a block without transactions makes them too", () => {
    expect(run(contractState(code(COUNTER)), [{}], [carrierOf()]).systemCalls).toHaveLength(1);
    expect(run(contractState(code(COUNTER)), []).systemCalls).toEqual([]);
  });
});

describe("EVM-11: environment of the code", () => {
  it.each([
    ["CALLER", "33", BigInt(SYSTEM_ADDRESS)],
    ["ORIGIN", "32", BigInt(SYSTEM_ADDRESS)],
    ["GASPRICE", "3a", 0n],
    ["COINBASE", "41", BigInt(MERGER)],
    ["TIMESTAMP", "42", CONTEXT.timestamp],
    ["NUMBER", "43", CONTEXT.number],
    ["PREVRANDAO", "44", BigInt(CONTEXT.prevRandao)],
    ["GASLIMIT", "45", CONTEXT.gasLimit],
    ["CHAINID", "46", CONTEXT.chainId],
    ["BASEFEE", "48", CONTEXT.baseFee],
    ["BLOBBASEFEE", "4a", 1n],
    ["CALLVALUE", "34", 7n],
    ["SELFBALANCE", "47", 7n],
    ["CALLDATASIZE", "36", 3n],
    ["CALLDATALOAD", "5f35", BigInt(`0x010203${"00".repeat(29)}`)],
    ["BLOCKHASH", "606340", 99n],
    ["BLOBHASH", "5f49", 0n],
    ["the sender's balance", `${pushAddress(SYSTEM_ADDRESS)}31`, 0n],
    ["GAS, all of the limit", "5a", 100_000n - 2n],
  ])("%s", (_name, program, expected) => {
    const carriers = [carrierOf(), { ...carrierOf(), coinbase: MERGER, tipRecipient: MINER }];
    const call = { value: 7n, data: Uint8Array.of(1, 2, 3) };
    const result = run(contractState(code(program, RETURN_TOP)), [call], carriers);
    expect(outputsOf(result)).toEqual([expected]);
  });

  it("COINBASE is zero in a block without carriers", () => {
    expect(outputsOf(run(contractState(code("41", RETURN_TOP)), [{}]))).toEqual([BigInt(ZERO_ADDRESS)]);
  });

  it("warm accesses of one call are cold in the next; sender, target, coinbase and precompiles are warm", () => {
    const dear = (access: string, count = 1): bigint[] =>
      outputsOf(run(contractState(code(isDear(access))), Array(count).fill({}), [carrierOf()]));
    expect(dear(`${pushAddress(OTHER)}31`, 2)).toEqual([1n, 1n]);
    expect(dear("600154", 2)).toEqual([1n, 1n]);
    for (const warm of [SYSTEM_ADDRESS, CONTRACT, MINER, `0x${"01".padStart(40, "0")}` as Address]) {
      expect(dear(`${pushAddress(warm)}31`), warm).toEqual([0n]);
    }
  });

  it("transient storage is empty at its start", () => {
    const program = contractState(code(`5f5c60015f5d${RETURN_TOP}`));
    expect(outputsOf(run(program, [{}, {}], [carrierOf(transaction())]))).toEqual([0n, 0n]);
  });

  it("a slot's original value is its value before the call", () => {
    const program = contractState(code(`5a365f555a9003${RETURN_TOP}`));
    const [zeroToOne, oneToZero] = [22_100n, 5_000n];
    const calls = [{ data: new Uint8Array(1) }, {}];
    expect(outputsOf(run(program, calls))).toEqual([zeroToOne + 6n, oneToZero + 6n]);
  });
});

describe("EVM-11: effects", () => {
  it("new coins belong to the target, and the sender does not change", () => {
    const state = contractState(code("00"), { [SYSTEM_ADDRESS]: { nonce: 3n, balance: 4n } });
    const { accounts } = run(state, [{ value: COIN }, { value: 5n, to: OTHER }]).changes;
    expect([...accounts].map(([at, account]) => [at, account!.balance]).sort()).toEqual(
      [
        [CONTRACT, COIN],
        [OTHER, 5n],
      ].sort(),
    );
  });

  it("no fee, no gas used, no receipt, no log and no bloom", () => {
    const logs = contractState(code("602a60205fa1"));
    const alone = run(logs, [{}, {}], [carrierOf()]);
    expect(isUnchanged(alone)).toBe(true);
    expect(alone).toMatchObject({ gasUsed: 0n, outcomes: [[]] });
    expect(alone.logsBloom).toEqual(new Uint8Array(256));
    const carriers = [carrierOf(transaction())];
    const [without, together] = [run(logs, [], carriers), run(logs, [{}], carriers)];
    expect(together).toEqual({ ...without, systemCalls: together.systemCalls });
  });

  it.each([
    ["a revert", "5f5ffd"],
    ["an invalid instruction", "fe"],
    ["out of gas", "5b5f56"],
    ["a stack underflow", "01"],
  ])("after %s nothing, without the new coins; the block continues", (_name, end) => {
    // Stores, logs, creates, sends 1 wei, then fails.
    const effects = `60015f5560205fa05f5f5ff0505f5f5f5f6001${pushAddress(OTHER)}5af150`;
    const state = contractState(code(effects, end), { [MERGER]: { code: code(COUNTER) } });
    const failing = run(state, [{ value: 9n }]);
    expect(failing.systemCalls).toEqual([{ isSuccess: false, output: new Uint8Array(0) }]);
    expect(isUnchanged(failing)).toBe(true);
    const mixed = run(state, [{ to: MERGER }, { value: 9n }, { to: MERGER }]);
    expect(mixed.systemCalls.map(({ isSuccess }) => isSuccess)).toEqual([true, false, true]);
    expect(slotsOf(mixed, MERGER)).toEqual({ 0: 2n });
    expect(mixed.changes.accounts.has(CONTRACT)).toBe(false);
  });

  it("a revert returns its data", () => {
    const result = run(contractState(code("602a5f5260205ffd")), [{}]);
    expect(result.systemCalls[0]!.isSuccess).toBe(false);
    expect(bytesToHex(result.systemCalls[0]!.output)).toBe(`0x${"2a".padStart(64, "0")}`);
  });

  it("an account without code, and a precompile, accept coins and return", () => {
    const identity: Address = `0x${"04".padStart(40, "0")}`;
    const data = Uint8Array.of(1, 2, 3);
    const result = run(stateOf({}), [
      { to: OTHER, value: 1n, gasLimit: 0n },
      { to: identity, value: 1n, data },
      { to: identity, value: 1n, data, gasLimit: 0n },
    ]);
    expect(result.systemCalls).toEqual([
      { isSuccess: true, output: new Uint8Array(0) },
      { isSuccess: true, output: data },
      { isSuccess: false, output: new Uint8Array(0) },
    ]);
    expect(result.changes.accounts.get(identity)!.balance).toBe(1n);
  });

  it("a contract created and destroyed in the call is gone, an older one stays (EIP-6780)", () => {
    const init = `${pushAddress(OTHER)}ff`;
    const create = `75${init}5f526016600a6003f050`;
    const result = run(contractState(code(create, init)), [{ value: 8n }]);
    expect(result.systemCalls[0]!.isSuccess).toBe(true);
    expect([...result.changes.accounts.keys()].sort()).toEqual([CONTRACT, OTHER].sort());
    expect(result.changes.accounts.get(OTHER)!.balance).toBe(8n);
    expect(result.changes.accounts.get(CONTRACT)).toMatchObject({ balance: 0n, nonce: 2n });
  });

  it("created code is part of the changes", () => {
    const result = run(contractState(code("6360015ff35f526004601c5ff0")), [{}]);
    expect(result.systemCalls[0]!.isSuccess).toBe(true);
    expect([...result.changes.codes.values()]).toEqual([Uint8Array.of(0)]);
  });
});

it("EVM-11: traces show only transactions, in the state in which they ran", async () => {
  const input = blockInput(contractState(code(COUNTER)), [transaction(), transaction({ nonce: 1n })]);
  const tracer = { kind: "call", onlyTopCall: false, withLog: false } as const;
  const traces = await evm.traceBlock({ ...input, systemCalls: [systemCall()] }, tracer);
  expect(traces).toEqual(await evm.traceBlock(input, tracer));
  expect(traces.map(({ result }) => BigInt((result as { output: string }).output))).toEqual([1n, 2n]);
});

it("EVM-11, EVM-8: a call beyond the engine's capacity ends the block (CALL_TOO_LARGE)", () => {
  const small = createEvm({ random, limits: { logBytes: 4096 } });
  const input = {
    ...blockInput(contractState(code("5b60205fa05f56")), []),
    systemCalls: [systemCall({ gasLimit: 10_000_000n })],
  };
  expect(() => small.runBlock(input)).toThrow(
    expect.objectContaining({
      code: "CALL_TOO_LARGE",
      facts: expect.objectContaining({ reason: "engine limit" }),
    }),
  );
  expect((small.runBlock({ ...input, systemCalls: [] }) as BlockResult).systemCalls).toEqual([]);
});

it("EVM-11: logs of a system call use no capacity of the next", () => {
  const small = createEvm({ random, limits: { logBytes: 4096 } });
  const state = contractState(code("6107d05fa0"), { [ALICE]: { balance: COIN } });
  const systemCalls = Array.from({ length: 20 }, () => systemCall());
  const result = small.runBlock({ ...blockInput(state, []), systemCalls }) as BlockResult;
  expect(result.systemCalls.every(({ isSuccess }) => isSuccess)).toBe(true);
});
