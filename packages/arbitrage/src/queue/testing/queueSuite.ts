import type { Hex } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TradeJob, TradeQueue } from "../index.ts";

interface QueueUnderTest {
  worker(name: string): Promise<TradeQueue>;
  expire(): Promise<void>;
}

const hash: Hex = `0x${"ab".repeat(32)}`;
export const job = (number: number, fields: Partial<TradeJob> = {}): TradeJob => ({
  id: `job-${number}`,
  block: { height: 10, hash },
  lastBlock: 12,
  worthWei: 10n ** 20n + BigInt(number),
  ...fields,
});

/** @param isByWorth false: in the order of offers */
export function queueSuite(name: string, open: () => Promise<QueueUnderTest>, isByWorth = true): void {
  describe(`queue: ${name}`, () => {
    it("QUEUE-1: every worker offers a job, one claims it, and it is finished permanently", async () => {
      const queue = await open();
      const [one, two] = [await queue.worker("one"), await queue.worker("two")];
      for (const worker of [one, two, one]) await worker.offer([job(1)]);
      const claim = await one.claim(10);
      expect(claim?.job).toEqual(job(1));
      expect(await two.claim(10)).toBeUndefined();
      expect(await one.finish(claim!)).toBe(true);
      await queue.expire();
      await two.offer([job(1)]);
      expect(await two.claim(10)).toBeUndefined();
    });

    it.runIf(isByWorth)("QUEUE-1: returns the most valuable job first", async () => {
      const worker = await (await open()).worker("one");
      await worker.offer([1, 3, 2].map((number) => job(number)));
      const claimed = [await worker.claim(10), await worker.claim(10), await worker.claim(10)];
      expect(claimed.map((claim) => claim?.job.id)).toEqual(["job-3", "job-2", "job-1"]);
    });

    it("QUEUE-2: a job is bound to its block, and expires with its last block", async () => {
      const worker = await (await open()).worker("one");
      await worker.offer([job(1, { lastBlock: 12 }), job(2, { lastBlock: 13 })]);
      expect((await worker.claim(12))?.job.id).toBe("job-2");
      expect(await worker.claim(12)).toBeUndefined();
    });

    it("QUEUE-3: the job of a worker killed between claim and send goes to another, and a late finish is ignored", async () => {
      const queue = await open();
      const [dead, alive] = [await queue.worker("dead"), await queue.worker("alive")];
      await dead.offer([job(1)]);
      const lost = await dead.claim(10);
      expect(await alive.claim(10)).toBeUndefined();
      await queue.expire();
      const taken = await alive.claim(10);
      expect(taken?.job.id).toBe("job-1");
      expect(await dead.finish(lost!)).toBe(false);
      expect(await alive.finish(taken!)).toBe(true);
    });

    it("QUEUE-3: a job that a worker returns goes to another at once, and not to the same worker", async () => {
      const queue = await open();
      const [one, two] = [await queue.worker("one"), await queue.worker("two")];
      await one.offer([job(1)]);
      await one.pass((await one.claim(10))!);
      expect(await one.claim(10)).toBeUndefined();
      expect((await two.claim(10))?.job.id).toBe("job-1");
    });

    it("QUEUE-1: three concurrent workers never share a job, and together receive all", async () => {
      const queue = await open();
      const workers = await Promise.all(["one", "two", "three"].map((each) => queue.worker(each)));
      const jobs = Array.from({ length: 15 }, (_, number) => job(number));
      await Promise.all(workers.map((worker) => worker.offer(jobs)));
      const claimed = await Promise.all(
        workers.map(async (worker) => {
          const mine: string[] = [];
          for (let claim = await worker.claim(10); claim !== undefined; claim = await worker.claim(10)) {
            mine.push(claim.job.id);
            expect(await worker.finish(claim)).toBe(true);
          }
          return mine;
        }),
      );
      expect(claimed.flat().sort()).toEqual(jobs.map(({ id }) => id).sort());
    });

    it("QUEUE-3: under kills at any moment a job is finished at most once, by its claimant", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(5), { minLength: 3, maxLength: 12 }), async (moves) => {
          const queue = await open();
          const finished: string[] = [];
          const names = ["one", "two", "three"];
          const workers = await Promise.all(names.map((each) => queue.worker(each)));
          await workers[0]!.offer([job(1), job(2)]);
          const held = new Map<number, NonNullable<Awaited<ReturnType<TradeQueue["claim"]>>>>();
          for (const [at, move] of moves.entries()) {
            const place = at % 3;
            const claim = held.get(place);
            if (move === 0) await queue.expire();
            else if (claim === undefined) {
              const taken = await workers[place]!.claim(10);
              if (taken !== undefined) held.set(place, taken);
            } else if (move < 3) held.delete(place);
            else {
              if (await workers[place]!.finish(claim)) finished.push(claim.job.id);
              held.delete(place);
            }
          }
          expect(new Set(finished).size).toBe(finished.length);
        }),
        { numRuns: 5 },
      );
    });
  });
}
