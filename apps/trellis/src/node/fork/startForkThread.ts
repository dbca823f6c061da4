import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import type { Scheduler, TrellisError } from "@trellis/base";
import { startWorker } from "@trellis/crypto";
import { trellisErrors } from "../../errors.ts";
import type { AnswerTo, ForkWorkerOptions, Question, SentAnswer, SentQuestion } from "./forkMessages.ts";

export interface ForkThread {
  /** @throws FORK_DIFFERENT, FORK_READ_FAILED */
  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>>;
  /** Blocks this thread. @throws FORK_DIFFERENT, FORK_READ_FAILED */
  askNow<Q extends Question>(question: Q): AnswerTo<Q>;
  end(): Promise<void>;
}

const WORKER = new URL("./forkWorker.ts", import.meta.url);
/** Longer than the worker's attempts. */
const ANSWER_MS_MAX = 20_000;

/** The EVM reads state synchronously, so a second thread does the requests. */
export function startForkThread(url: string, scheduler: Scheduler, answerMsMax = ANSWER_MS_MAX): ForkThread {
  const waiting = new Map<number, PromiseWithResolvers<SentAnswer>>();
  const count = new SharedArrayBuffer(4);
  const counter = new Int32Array(count);
  const { port1, port2 } = new MessageChannel();
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => {});
  let ended: TrellisError | undefined;
  let lastId = 0;
  const { worker, end } = startWorker<SentAnswer>(
    {
      url: WORKER,
      scheduler,
      workerData: { url, count, answers: port2 } satisfies ForkWorkerOptions,
      transferList: [port2],
    },
    {
      onReady: () => started.resolve(),
      isExpected: (message): message is SentAnswer =>
        typeof message === "object" && message !== null && "id" in message && waiting.has(Number(message.id)),
      onMessage: (answer) => waiting.get(answer.id)?.resolve(answer),
      onExit: (error) => {
        ended = trellisErrors.FORK_READ_FAILED({ reason: "reading thread ended" }, error);
        started.reject(ended);
        for (const { reject } of waiting.values()) reject(ended);
      },
    },
  );
  const send = (id: number, question: Question, isNow: boolean): void => {
    if (ended !== undefined) throw ended;
    worker.postMessage({ id, question, isNow } satisfies SentQuestion);
  };
  return {
    async ask(question) {
      await started.promise;
      const id = ++lastId;
      const answer = Promise.withResolvers<SentAnswer>();
      waiting.set(id, answer);
      try {
        send(id, question, false);
        return valueIn(await answer.promise);
      } finally {
        waiting.delete(id);
      }
    },
    askNow(question) {
      const id = ++lastId;
      send(id, question, true);
      const untilMs = performance.now() + answerMsMax;
      for (;;) {
        const seen = Atomics.load(counter, 0);
        const message = receiveMessageOnPort(port1)?.message as SentAnswer | undefined;
        // An answer that came too late for an earlier question is dropped.
        if (message?.id === id) return valueIn(message);
        if (message !== undefined) continue;
        const leftMs = untilMs - performance.now();
        if (leftMs <= 0 || Atomics.wait(counter, 0, seen, leftMs) === "timed-out") {
          throw trellisErrors.FORK_READ_FAILED({ reason: "no answer in time" });
        }
      }
    },
    async end() {
      port1.close();
      await end();
    },
  };
}

function valueIn<Q extends Question>(answer: SentAnswer): AnswerTo<Q> {
  if ("value" in answer) return answer.value as AnswerTo<Q>;
  const { code, facts } = answer.failure;
  throw code === "FORK_DIFFERENT"
    ? trellisErrors.FORK_DIFFERENT(facts)
    : trellisErrors.FORK_READ_FAILED(facts);
}
