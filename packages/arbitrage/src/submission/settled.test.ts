import { beforeEach, expect, it } from "vitest";
import { SubmissionBench } from "./testing/SubmissionBench.ts";

let bench: SubmissionBench;
beforeEach(() => {
  bench = new SubmissionBench();
});

it("ARB-41: the wallet is settled once its trades are final, or can no longer execute", async () => {
  const submitter = bench.worker();
  expect(await submitter.isSettled()).toBe(true);
  await submitter.submit(bench.job(1));
  expect([await submitter.isSettled(), await submitter.isSettled(-1)]).toEqual([false, true]);
  bench.chain.mine();
  await submitter.advance();
  expect(await submitter.isSettled()).toBe(false);
  bench.chain.finalHeight = bench.chain.head.height;
  await submitter.advance();
  expect(await submitter.isSettled()).toBe(true);
});

it("ARB-41: a pending transaction of an expired trade is not settled before its nonce is used", async () => {
  const submitter = bench.worker();
  await submitter.submit(bench.job(1, 1));
  bench.chain.mine({ isEmpty: true });
  bench.chain.finalHeight = bench.chain.head.height;
  await submitter.advance();
  expect(await submitter.isSettled()).toBe(false);
  bench.wait();
  await submitter.advance();
  bench.chain.mine();
  await submitter.advance();
  bench.chain.finalHeight = bench.chain.head.height;
  await submitter.advance();
  expect(await submitter.isSettled()).toBe(true);
});

it("ARB-41: an expired trade above a nonce gap is settled, because nothing fills the gap", async () => {
  const client = bench.chain.client();
  await bench.worker({ ...client, nextNonce: async () => 1 }).submit(bench.job(1, 1));
  const submitter = bench.worker();
  expect(await submitter.isSettled()).toBe(false);
  bench.chain.mine();
  bench.chain.finalHeight = bench.chain.head.height;
  await submitter.advance();
  expect(bench.chain.waiting).toHaveLength(1);
  expect(await submitter.isSettled()).toBe(true);
});
