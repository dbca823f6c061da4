import type { Clock } from "@trellis/base";
import {
  type Claim,
  JOBS_KEPT_BLOCKS,
  type QueueOptions,
  type TradeJob,
  type TradeQueue,
} from "./TradeQueue.ts";

interface QueuedJob {
  readonly job: TradeJob;
  readonly isFinished: boolean;
  readonly leaseUntilMs: number;
  readonly claims: number;
}

export type SharedJobs = Map<string, QueuedJob>;

export function createMemoryQueue(
  { leaseMs }: QueueOptions,
  clock: Clock,
  jobs: SharedJobs = new Map(),
): TradeQueue {
  const passed = new Set<string>();
  let sweptAt: number | undefined;
  const isMine = ({ job, token }: Claim): boolean => String(jobs.get(job.id)?.claims) === token;

  return {
    async offer(offered) {
      for (const job of offered)
        if (!jobs.has(job.id)) jobs.set(job.id, { job, isFinished: false, leaseUntilMs: 0, claims: 0 });
    },
    async claim(height) {
      const nowMs = clock.nowMs();
      if (height !== sweptAt)
        for (const [id, { job }] of jobs) {
          if (job.lastBlock > height - JOBS_KEPT_BLOCKS) continue;
          jobs.delete(id);
          passed.delete(id);
        }
      sweptAt = height;
      let first: QueuedJob | undefined;
      for (const queued of jobs.values()) {
        const { job, isFinished, leaseUntilMs } = queued;
        if (isFinished || leaseUntilMs > nowMs || job.lastBlock <= height || passed.has(job.id)) continue;
        if (first === undefined || byWorth(job, first.job) < 0) first = queued;
      }
      if (first === undefined) return undefined;
      const claims = first.claims + 1;
      jobs.set(first.job.id, { ...first, claims, leaseUntilMs: nowMs + leaseMs });
      return { job: first.job, token: String(claims) };
    },
    async finish(claim) {
      const known = jobs.get(claim.job.id);
      if (known === undefined || !isMine(claim)) return false;
      jobs.set(claim.job.id, { ...known, isFinished: true });
      return true;
    },
    async pass(claim) {
      passed.add(claim.job.id);
      const known = jobs.get(claim.job.id);
      if (known !== undefined && isMine(claim)) jobs.set(claim.job.id, { ...known, leaseUntilMs: 0 });
    },
  };
}

function byWorth(a: TradeJob, b: TradeJob): number {
  if (a.worthWei !== b.worthWei) return a.worthWei > b.worthWei ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
