import { FakeChainView, TARGET, testTransaction } from "@trellis/kit/chainView";
import type { Address, Json } from "@trellis/protocol";
import { encodeFunctionData, parseAbi } from "viem";
import { expect, it } from "vitest";
import { printTransactions } from "./printTransactions.ts";
import { CONSOLE_ADDRESS } from "./solidityConsole.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function printing(trace: Json = null, hidden: readonly Address[] = []) {
  const chain = new FakeChainView();
  const time = { nowMs: 5_000 };
  let written = "";
  chain.simulation.traceTransaction = async () => trace;
  const stop = printTransactions(
    {
      chain,
      clock: { nowMs: () => time.nowMs },
      print: (lines) => {
        written += lines;
      },
    },
    new Set(hidden),
  );
  return { chain, time, stop, written: () => written };
}

const log = (text: string) => ({
  to: CONSOLE_ADDRESS,
  input: encodeFunctionData({ abi: parseAbi(["function log(string)"]), args: [text] }),
});

it("prints a line per transaction with its console.log, in the order of the calls", async () => {
  const calls = [log("first"), { to: TARGET, input: "0x", calls: [log("second\nthird")] }];
  const { chain, written } = printing({ to: TARGET, input: "0x", calls });
  const signed = testTransaction({ data: Uint8Array.of(1, 2, 3, 4, 5) });
  chain.add({ transactions: [{ signed, gasUsed: 30_000n }] });
  await turn();
  const { hash } = signed.transaction;
  expect(written()).toBe(
    `  #1 ${hash} ${signed.sender} → ${TARGET} 0x01020304, 30000 gas\n    first\n    second\n    third\n`,
  );
});

it("prints why a transaction failed", async () => {
  const { chain, written } = printing({
    to: TARGET,
    input: "0x",
    error: "execution reverted",
    revertReason: "no",
  });
  chain.add({ transactions: [{ signed: testTransaction(), gasUsed: 30_000n, status: 0 }] });
  await turn();
  expect(written()).toMatch(/30000 gas, failed: no\n$/);
});

it("counts transactions beyond 20 per second, and omits those of hidden accounts", async () => {
  const { sender } = testTransaction();
  const visible = printing();
  const many = (first: bigint, count: number) =>
    Array.from({ length: count }, (_, n) => ({ signed: testTransaction({ nonce: first + BigInt(n) }) }));
  visible.chain.add({ transactions: many(0n, 25) });
  await turn();
  expect(visible.written().match(/\n/g)).toHaveLength(20);
  visible.time.nowMs += 1_000;
  visible.chain.add({ transactions: many(25n, 1) });
  await turn();
  expect(visible.written()).toMatch(/\n {2}… 5 more transactions\n {2}#2 0x[^\n]*\n$/);
  visible.stop();
  visible.chain.add({ transactions: many(26n, 1) });
  await turn();
  expect(visible.written().match(/\n/g)).toHaveLength(22);

  const hidden = printing(null, [sender]);
  hidden.chain.add({ transactions: many(0n, 2) });
  await turn();
  expect(hidden.written()).toBe("");
});

it("continues after a failed trace, and counts transactions while many traces wait", async () => {
  const { chain, time, written } = printing();
  const add = (nonce: number) => {
    const signed = testTransaction({ nonce: BigInt(nonce) });
    return chain.add({ transactions: [{ signed, gasUsed: 30_000n }] });
  };
  const { promise, reject } = Promise.withResolvers<Json>();
  chain.simulation.traceTransaction = () => promise;
  for (let nonce = 0; nonce < 60; nonce++) {
    time.nowMs += 1_000;
    add(nonce);
  }
  reject(new RangeError("lost"));
  await turn();
  expect(written().match(/\n/g)).toHaveLength(50);
  time.nowMs += 1_000;
  add(60);
  await turn();
  expect(written()).toMatch(/\n {2}… 10 more transactions\n {2}#61 0x[^\n]*\n$/);
});
