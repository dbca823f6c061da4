import type { Pace } from "@trellis/base";
import type { BlockInput, BlockResult, TransactionRun } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import { blockInput, code, contractState, push32, random, transaction } from "./testing/testState.ts";

const LOOP = code("5b5f56");

function eagerPace(during: () => void = () => {}): Pace & { pauses: number } {
  let now = 0;
  return {
    pauses: 0,
    isDue: () => true,
    async pause() {
      this.pauses++;
      await new Promise((resolve) => setImmediate(resolve));
      now += 1_000;
      during();
    },
    processorMs: () => now++,
  };
}

function loopingBlock(fields: Partial<BlockInput> = {}): BlockInput {
  return { ...blockInput(contractState(LOOP), [transaction({ gasLimit: 2_000_000n })]), ...fields };
}

it("EVM-14: yields to other work while a transaction runs", async () => {
  const pace = eagerPace();
  const paced = createEvm({ random, pace });
  const result = await paced.runBlock(loopingBlock());
  expect(result).toEqual(createEvm({ random }).runBlock(loopingBlock()));
  expect(pace.pauses).toBeGreaterThan(3);
});

it("EVM-14: a loop with the longest possible body is paused within a few rounds", async () => {
  // The body costs a lot of gas before the next jump.
  const body = `5b${"5f5f2050".repeat(6_000)}5f56`;
  const pace = eagerPace();
  const input = blockInput(contractState(code(body)), [transaction({ gasLimit: 1n << 24n })]);
  await createEvm({ random, pace }).runBlock(input);
  expect(pace.pauses).toBeGreaterThan(10);
});

it("EVM-14: concurrent requests for blocks run one after another", async () => {
  const ended: string[] = [];
  const evm = createEvm({ random, pace: eagerPace() });
  const stores = blockInput(contractState(code(push32(7), "5f55")), [transaction()]);
  const run = async (name: string, input: BlockInput): Promise<BlockResult> => {
    const result = await evm.runBlock(input);
    ended.push(name);
    return result;
  };
  const results = await Promise.all([run("long", loopingBlock()), run("short", stores)]);
  expect(ended).toEqual(["long", "short"]);
  const alone = createEvm({ random });
  expect(results).toEqual([alone.runBlock(loopingBlock()), alone.runBlock(stores)]);
});

it("EVM-15: the duration of a transaction excludes pauses", async () => {
  const runs: TransactionRun[] = [];
  const pace = eagerPace();
  const observer = { onTransaction: (run: TransactionRun) => runs.push(run) };
  const input = loopingBlock({ observer });
  const { outcomes } = await createEvm({ random, pace }).runBlock(input);
  expect(outcomes[0]).toMatchObject([{ kind: "accepted" }]);
  const { hash } = input.carriers[0]!.transactions[0]!.transaction;
  expect(runs).toMatchObject([{ transactionHash: hash, gasUsed: 2_000_000n }]);
  expect(runs[0]!.timeMs).toBeGreaterThan(3);
  expect(runs[0]!.timeMs).toBeLessThanOrEqual(pace.pauses + 1);
});

it("EVM-15: an observer aborts a running block, and the next one runs normally", async () => {
  const enough = new Error("enough");
  const evm = createEvm({ random, pace: eagerPace() });
  const observer = {
    onPause: ({ timeMs }: { readonly timeMs: number }) => {
      if (timeMs >= 3) throw enough;
    },
  };
  await expect(evm.runBlock(loopingBlock({ observer }))).rejects.toBe(enough);
  expect(await evm.runBlock(loopingBlock())).toEqual(createEvm({ random }).runBlock(loopingBlock()));
});

it("a state that disappears while a block is paused ends it with the error of its reader", async () => {
  const gone = new Error("gone");
  let isGone = false;
  const state = contractState(code("614e20", "5b", "60019003", "80", "600357", "54"));
  const input = loopingBlock({
    state: {
      ...state,
      storage: (...place) => {
        if (isGone) throw gone;
        return state.storage(...place);
      },
    },
  });
  const pace = eagerPace(() => {
    isGone = true;
  });
  const evm = createEvm({ random, pace });
  await expect(evm.runBlock(input)).rejects.toBe(gone);
  expect(await evm.runBlock(loopingBlock())).toMatchObject({ gasUsed: 2_000_000n });
});
