import {
  type Address,
  type BlockInput,
  type BlockResult,
  logsBloom,
  mergeBlooms,
  type OpeningCall,
  SYSTEM_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import {
  blockInput,
  COIN,
  CONTEXT,
  CONTRACT,
  code,
  contractState,
  MINER,
  random,
  transaction,
} from "./testing/testState.ts";

const evm = createEvm({ random });
/** Adds 1 to slot 0, and logs the old value. */
const COUNTER = code("5f54805f5260205fa0", "6001015f5500");

function opening(fields: Partial<OpeningCall> = {}): OpeningCall {
  const call = { to: CONTRACT, value: 0n, data: new Uint8Array(0), gasLimit: 100_000n };
  return { ...call, isDelivery: true, ...fields };
}

function run(
  program: Uint8Array,
  openingCalls: readonly OpeningCall[],
  input: Partial<BlockInput> = {},
  transactions: Parameters<typeof blockInput>[1] = [],
): BlockResult {
  return evm.runBlock({
    ...blockInput(contractState(program), transactions),
    openingCalls,
    ...input,
  }) as BlockResult;
}

const countOf = ({ changes }: BlockResult, address: Address = CONTRACT) =>
  [...(changes.storage.get(address) ?? new Map()).values()].at(0);

describe("SHARD-13: calls before the transactions", () => {
  it("run first, in order, as SYSTEM; deliveries have gas, logs and blooms", () => {
    const result = run(COUNTER, [opening(), opening({ isDelivery: false }), opening()], {}, [transaction()]);
    const [first, hidden, third] = result.openingCalls!;
    const [accepted] = result.outcomes[0]!;
    if (accepted?.kind !== "accepted") throw new Error("transaction not accepted");
    expect(countOf(result)).toBe(4n);
    const logged = [first, third, accepted.receipt].map((each) => each!.logs.map(({ data }) => data.at(-1)));
    expect(logged).toEqual([[0], [2], [3]]);
    expect(hidden).toEqual({
      isSuccess: true,
      output: new Uint8Array(0),
      gasUsed: 0n,
      logs: [],
      logsBloom: logsBloom([]),
    });
    expect(first!.gasUsed).toBeGreaterThan(22_000n);
    expect(third!.gasUsed).toBeLessThan(first!.gasUsed);
    const openingGas = first!.gasUsed + third!.gasUsed;
    expect(accepted.receipt.cumulativeGasUsed).toBe(openingGas + accepted.receipt.gasUsed);
    expect(result.gasUsed).toBe(accepted.receipt.cumulativeGasUsed);
    const blooms = [first!, third!, accepted.receipt].map((each) => logsBloom(each.logs));
    expect([first!, third!, accepted.receipt].map((each) => each.logsBloom)).toEqual(blooms);
    expect(result.logsBloom).toEqual(mergeBlooms(blooms));
  });

  it("SHARD-13.3: their gas pays no fee", () => {
    const share = { baseFeeShare: { recipient: SYSTEM_ADDRESS, basisPoints: 10_000 } };
    const alone = run(COUNTER, [opening()], share);
    expect(alone.gasUsed).toBe(alone.openingCalls![0]!.gasUsed);
    expect(alone.changes.accounts.has(SYSTEM_ADDRESS)).toBe(false);
    const beside = run(COUNTER, [opening()], share, [transaction()]);
    const paid = (beside.gasUsed - beside.openingCalls![0]!.gasUsed) * CONTEXT.baseFee;
    expect(beside.changes.accounts.get(SYSTEM_ADDRESS)!.balance).toBe(paid);
  });

  it("SHARD-12.3: the limits of deliveries are taken from the block's own budget only", () => {
    const gasLimit = 300_000n;
    const own = transaction({ gasLimit: 200_001n });
    const outcomeOf = (openingCalls: readonly OpeningCall[], merged: boolean) => {
      const carrier = { coinbase: MINER, tipRecipient: MINER, gasLimit };
      const empty = { ...carrier, transactions: [] };
      const full = { ...carrier, transactions: [own] };
      const context = { ...CONTEXT, gasLimit: 2n * gasLimit };
      const carriers = merged ? [full, empty] : [empty, full];
      return run(COUNTER, openingCalls, { carriers, context }).outcomes.flat()[0];
    };
    expect(outcomeOf([opening({ gasLimit: 99_999n })], false)?.kind).toBe("accepted");
    expect(outcomeOf([opening()], false)).toEqual({ kind: "skipped", reason: "GAS_BUDGET_EXHAUSTED" });
    expect(outcomeOf([opening({ isDelivery: false })], false)?.kind).toBe("accepted");
    expect(outcomeOf([opening()], true)?.kind).toBe("accepted");
  });

  it("a failed delivery changes nothing, mints nothing, and shows it", () => {
    const results = [code("5f5ffd"), code("5b5f56")].map((program) =>
      run(program, [opening({ value: COIN, gasLimit: 50_000n })]),
    );
    expect(results.map(({ openingCalls }) => openingCalls![0]!.isSuccess)).toEqual([false, false]);
    expect(results[1]!.gasUsed).toBe(50_000n);
    for (const { changes } of results) expect(changes.accounts.size + changes.storage.size).toBe(0);
  });

  it("the value is minted; refunds of gas are subtracted", () => {
    const stop = run(code("00"), [opening({ value: COIN })]);
    expect(stop.changes.accounts.get(CONTRACT)!.balance).toBe(COIN);
    expect(stop.gasUsed).toBe(0n);
    // Sets and clears a slot: a fifth of the gas is refunded.
    const clear = run(code("60015f555f5f5500"), [opening()]);
    const kept = run(code("60015f5560015f5500"), [opening()]);
    expect(clear.gasUsed).toBeLessThan((kept.gasUsed * 81n) / 100n);
  });

  it("without opening calls, the result has none", () => {
    expect(evm.runBlock(blockInput(contractState(COUNTER), []))).not.toHaveProperty("openingCalls");
  });
});
