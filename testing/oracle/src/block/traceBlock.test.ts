import { expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import {
  ALICE,
  BASE_FEE,
  BOB,
  BOB_KEY,
  blockInput,
  COIN,
  CONTRACT,
  carrier,
  MERGER,
  MINER,
  stateOf,
  transfer,
} from "../testState.ts";

const evm = createOracleEvm();
const CALL_TRACER = { kind: "call", onlyTopCall: false, withLog: false } as const;

const first = transfer();
const skipped = transfer({ nonce: 7n });
const second = transfer({ nonce: 1n, to: CONTRACT, value: 0n, gasLimit: 60_000n });
const third = transfer({ to: ALICE, value: 2n }, BOB_KEY);
const state = stateOf({
  [ALICE]: { balance: COIN },
  [BOB]: { balance: COIN },
  [CONTRACT]: { code: "6001545f55" },
});
const input = blockInput(state, [
  carrier([first, skipped]),
  carrier([second, third], { tipRecipient: MERGER }),
]);

it("traces accepted transactions, in order, each as it would run in the block", async () => {
  const traces = await evm.traceBlock(input, CALL_TRACER);
  expect(traces.map(({ transactionHash }) => transactionHash)).toEqual(
    [first, second, third].map(({ transaction }) => transaction.hash),
  );
  const { outcomes } = await evm.runBlock(input);
  const used = outcomes
    .flat()
    .flatMap((outcome) => (outcome.kind === "accepted" ? [outcome.receipt.gasUsed] : []));
  expect(traces.map(({ result }) => BigInt((result as { gasUsed: string }).gasUsed))).toEqual(used);
});

it("traces only the requested transaction, after those before it", async () => {
  const traces = await evm.traceBlock(input, { kind: "prestate", diffMode: true }, third.transaction.hash);
  expect(traces.length).toBe(1);
  const fee = 21_000n * (BASE_FEE + 100n);
  const quantity = (value: bigint) => `0x${value.toString(16)}`;
  expect(traces[0]!.result).toMatchObject({
    pre: { [BOB]: { balance: quantity(COIN + 1n) } },
    post: { [BOB]: { balance: quantity(COIN + 1n - 2n - fee), nonce: 1 }, [MERGER]: {} },
  });
  expect(Object.keys((traces[0]!.result as { post: object }).post)).not.toContain(MINER);
});

it("throws for an unknown transaction", async () => {
  expect(await evm.traceBlock(input, CALL_TRACER, skipped.transaction.hash)).toEqual([]);
});
