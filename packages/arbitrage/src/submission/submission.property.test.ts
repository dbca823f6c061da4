import { isTrellisError } from "@trellis/base";
import type { ChainClient } from "@trellis/client";
import { failing } from "@trellis/kit/fakeChain";
import fc from "fast-check";
import { expect, it } from "vitest";
import { outcomeOf, type SubmissionJob } from "./index.ts";
import { SubmissionBench } from "./testing/SubmissionBench.ts";

const METHODS: readonly (keyof ChainClient)[] = [
  "send",
  "receipt",
  "block",
  "blockHash",
  "nextNonce",
  "hasTransaction",
];

const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("submit" as const), blocks: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "again" as const }) },
  { weight: 5, arbitrary: fc.constant({ do: "advance" as const }) },
  { weight: 4, arbitrary: fc.constant({ do: "mine" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "mineEmpty" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("reorganise" as const),
      depth: fc.integer({ min: 1, max: 3 }),
      forgets: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "forget" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "foreign" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "wait" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("baseFee" as const), wei: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "finalize" as const }) },
);
const circumstances = fc.record({
  workers: fc.integer({ min: 1, max: 3 }),
  failing: fc.option(fc.constantFrom(...METHODS), { freq: 2 }),
  from: fc.integer({ min: 0, max: 4 }),
});
type Circumstances = typeof circumstances extends fc.Arbitrary<infer T> ? T : never;
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

async function asWorkers(
  bench: SubmissionBench,
  { workers, failing: method, from }: Circumstances,
  work: (worker: ReturnType<SubmissionBench["worker"]>) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, async () => {
      let asked = 0;
      const client = failing(bench.chain.client(), (name) => name === method && asked++ >= from);
      try {
        await work(bench.worker(client));
      } catch (error) {
        const isExpected =
          isTrellisError(error) && (error.consequence === "retry" || error.code === "SUBMISSION_EXPIRED");
        if (!isExpected) throw error;
      }
    }),
  );
}

async function apply(bench: SubmissionBench, jobs: SubmissionJob[], happens: Event, among: Circumstances) {
  const { chain } = bench;
  if (happens.do === "submit") jobs.push(bench.job(jobs.length, happens.blocks));
  const newest = jobs.at(-1);
  if ((happens.do === "submit" || happens.do === "again") && newest !== undefined)
    await asWorkers(bench, among, (worker) => worker.submit(newest));
  if (happens.do === "advance") await asWorkers(bench, among, (worker) => worker.advance());
  if (happens.do === "mine") chain.mine();
  if (happens.do === "mineEmpty") chain.mine({ isEmpty: true });
  if (happens.do === "forget") chain.forget();
  if (happens.do === "foreign") await bench.useNonceElsewhere();
  if (happens.do === "wait") bench.wait();
  if (happens.do === "baseFee") chain.baseFeeWei = BigInt(happens.wei);
  if (happens.do === "finalize") chain.finalHeight = Math.max(chain.finalHeight, chain.head.height - 2);
  if (happens.do === "reorganise" && chain.head.height - happens.depth >= chain.finalHeight)
    chain.reorganise(happens.depth, happens);
}

it("ARB-17 to ARB-21: under failures, kills, races and reorganisations a job is executed at most once, and the journal is correct", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(event, circumstances), { maxLength: 50 }), async (events) => {
      const bench = new SubmissionBench();
      const jobs: SubmissionJob[] = [];
      for (const [happens, among] of events) await apply(bench, jobs, happens, among);
      for (const job of jobs) expect(await bench.executions(job)).toBeLessThanOrEqual(1);

      // New jobs do not wait for expired ones.
      bench.chain.baseFeeWei = 10n;
      const worker = bench.worker();
      const last = bench.job(jobs.length, 60);
      for (let block = 0; block < 40; block += 1) {
        await worker.advance();
        if (block === 5) await worker.submit(last);
        bench.chain.mine();
        bench.wait();
        bench.chain.finalHeight = bench.chain.head.height;
      }
      expect(await bench.executions(last)).toBe(1);
      const left = await bench.store.open();
      for (const { attempts } of left)
        expect(attempts.every(({ job, isPassed }) => job === undefined || isPassed === true)).toBe(true);
      const needed = (await bench.store.findJob(last.id))?.nonce ?? 0;
      expect(left.filter(({ nonce }) => nonce <= needed)).toEqual([]);
      for (const job of [...jobs, last]) {
        const slot = await bench.store.findJob(job.id);
        const isExecuted = slot !== undefined && outcomeOf(slot, job.id) === "executed";
        expect(await bench.executions(job)).toBe(Number(isExecuted));
      }
    }),
    { numRuns: 60 },
  );
});
