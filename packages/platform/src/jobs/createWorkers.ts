import { SerialQueue } from "@trellis/base";
import { repeat } from "../lifecycle/repeat.ts";
import { type Attempt, claimJobs, findDueKinds } from "./attempts.ts";
import { jobsErrors } from "./errors.ts";
import { type RunPorts, runJob, type Work } from "./runJob.ts";

interface Workers {
  work<Data>(work: Work<Data>): void;
  /** @param payload new job's kind or cancelled job's id; undefined: notifications may have been missed */
  hear(payload: string | undefined): void;
  close(waitMsMax: number): Promise<void>;
}

export function createWorkers(pollMs: number, ports: RunPorts): Workers {
  const running = new Map<string, AbortController>();
  const looks = new Map<string, () => void>();
  const begun = new Set<Promise<void>>();
  let isClosed = false;
  const track = (promise: Promise<void>): void => {
    begun.add(promise);
    void promise.then(() => begun.delete(promise));
  };
  const allEnded = async (): Promise<void> => {
    while (begun.size > 0) await Promise.all(begun);
  };
  const stopped = () => jobsErrors.LEASE_LOST({ reason: "stop" });
  const fail = (error: Error): void => ports.log.warn("queue.failed", { error });
  const lookAtDue = async (): Promise<void> => {
    for (const kind of await findDueKinds(ports.tables)) looks.get(kind)?.();
  };
  // One query for all kinds: a claim of each kind would cost an idle service ten times as much.
  const poll = repeat(ports.scheduler, pollMs, () => lookAtDue().catch(fail));

  return {
    work<Data>(work: Work<Data>) {
      const { name, kind } = work;
      let free = kind.isExclusive === true ? 1 : (kind.concurrency ?? 1);
      let isAsked = false;
      const claims = new SerialQueue();
      const begin = (job: Attempt): void => {
        const aborter = new AbortController();
        if (isClosed) aborter.abort(stopped());
        running.set(job.id, aborter);
        free -= 1;
        const end = (): void => {
          running.delete(job.id);
          free += 1;
          look();
        };
        track(runJob(job, work, aborter, ports).then(end));
      };
      const claim = async (): Promise<void> => {
        isAsked = false;
        if (free === 0 || isClosed) return;
        for (const job of await claimJobs(ports.tables, name, kind, free)) begin(job);
      };
      const look = (): void => {
        if (isAsked) return;
        isAsked = true;
        track(claims.run(claim).catch(fail));
      };
      looks.set(name, look);
      look();
    },
    hear(payload) {
      for (const [kind, look] of looks) if (payload === undefined || payload === kind) look();
      if (payload !== undefined) running.get(payload)?.abort(jobsErrors.JOB_CANCELLED({ id: payload }));
    },
    async close(waitMsMax) {
      isClosed = true;
      poll.stop();
      const deadline = Promise.withResolvers<void>();
      const timer = ports.scheduler.after(waitMsMax, deadline.resolve);
      await Promise.race([allEnded(), deadline.promise]);
      timer.cancel();
      for (const aborter of running.values()) aborter.abort(stopped());
      await allEnded();
    },
  };
}
