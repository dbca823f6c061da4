import { bytesToBigint, hexToBytes, type Scheduler } from "@trellis/base";
import { createEvmPool } from "@trellis/evm";
import { afterEach, expect, it } from "vitest";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import { addressOf, CONTRACT, testParameters, transfer } from "./testing/testNetwork.ts";

const READS = 400;
const reads = Array.from({ length: READS }, (_, at) => `61${(1_000 + at).toString(16).padStart(4, "0")}5450`);
const CODE = hexToBytes(`0x${reads.join("")}6001545f5260205ff3`);

let held: (() => void)[] | undefined = [];
const holding = Promise.withResolvers<void>();
const scheduler: Scheduler = {
  after(delayMs, task) {
    if (delayMs < 1_000) {
      if (held === undefined) setImmediate(task);
      else held.push(task);
      holding.resolve();
    }
    return { cancel: () => {} };
  },
};
const pool = createEvmPool({ workers: 1 }, scheduler);
afterEach(() => pool.close());

it("EXEC-33: a call on a worker keeps its state while blocks become final and the base state moves past it", async () => {
  const parameters = testParameters({ finalityDepth: 4 });
  const builder = await TestBlockBuilder.open(parameters);
  const chain = await createTestChain({ parameters, ports: { callEvm: pool } });
  const mine = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done++) {
      const nonce = builder.blocks.length - 1;
      const data = operation("store", 1n, BigInt(nonce + 1));
      await chain.take(
        await builder.mine({ transactions: [transfer({ from: "alice", nonce, to: CONTRACT, data })] }),
      );
    }
  };
  await mine(10);
  const final = chain.view.finalized();
  const call = chain.view.simulation.call(
    final.hash,
    {
      from: addressOf("alice"),
      to: CONTRACT,
      gasLimit: 5_000_000n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value: 0n,
      data: new Uint8Array(0),
      accessList: [],
    },
    { stateOverrides: new Map([[CONTRACT, { code: CODE }]]) },
  );
  await holding.promise;
  await mine(10);
  expect(chain.view.finalized().header.number).toBe(final.header.number + 10);
  const tasks = held!;
  held = undefined;
  for (const task of tasks) task();
  expect(bytesToBigint((await call).output)).toBe(BigInt(final.header.number));
});
