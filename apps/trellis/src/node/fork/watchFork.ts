import { type Clock, isTrellisError, type Metrics, type Scheduler, type Timer } from "@trellis/base";
import { nodeMetrics } from "../../metrics.ts";
import type { Question } from "./forkMessages.ts";
import type { ForkThread } from "./startForkThread.ts";

export interface WatchedFork extends ForkThread {
  /** Why the forked chain's node cannot be read now. */
  problem(): string | undefined;
}

interface WatchPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** A node that is back is noticed without a read. */
const PROBE_MS = 5_000;

/** Measures all questions. After a failed one, asks for the forked block until the node has it. */
export function watchFork(thread: ForkThread, { metrics, clock, scheduler }: WatchPorts): WatchedFork {
  const seconds = metrics.histogram(nodeMetrics.trellis_fork_read_seconds);
  let problem: string | undefined;
  let probe: Timer | undefined;
  let hasEnded = false;
  const probeAfter = (ms: number, question: Question): void => {
    if (question.kind === "find" || hasEnded) return;
    probe ??= scheduler.after(ms, () => {
      probe = undefined;
      ask({ kind: "check", block: question.block }).catch(() => {});
    });
  };
  const succeeded = (): void => {
    problem = undefined;
    probe?.cancel();
    probe = undefined;
  };
  const failed = (question: Question, error: unknown): void => {
    // Others can fail because the node refuses a method or its parameters.
    const isOfNode = question.kind === "check" || isTrellisError(error, "FORK_DIFFERENT");
    if (isOfNode) problem = (error as Error).message;
    probeAfter(isOfNode ? PROBE_MS : 0, question);
  };
  const measure = (question: Question) => {
    const { kind } = question;
    const startedMs = clock.nowMs();
    const observe = (outcome: "done" | "failed"): void =>
      seconds.observe((clock.nowMs() - startedMs) / 1_000, { kind, outcome });
    return {
      done<Answer>(answer: Answer): Answer {
        observe("done");
        succeeded();
        return answer;
      },
      failed(error: unknown): never {
        observe("failed");
        failed(question, error);
        throw error;
      },
    };
  };
  const ask: ForkThread["ask"] = (question) => {
    const { done, failed } = measure(question);
    return thread.ask(question).then(done, failed);
  };
  return {
    ask,
    askNow(question) {
      const { done, failed } = measure(question);
      try {
        return done(thread.askNow(question));
      } catch (error) {
        return failed(error);
      }
    },
    problem: () => problem,
    async end() {
      hasEnded = true;
      probe?.cancel();
      await thread.end();
    },
  };
}
