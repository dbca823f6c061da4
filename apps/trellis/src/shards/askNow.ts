import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { trellisErrors } from "../errors.ts";
import type { AnchorQuestion, HostOptions, SentAnswer } from "./messages.ts";

/** The main thread executes a block in far less, also on a busy machine. */
const ANSWER_MS_MAX = 60_000;

/**
 * Consensus code reads synchronously. The main thread never waits for a shard's thread.
 * @returns blocks until the answer is here @throws SHARD_HOST_FAILED
 */
export function askNow(
  { answers, answered }: Pick<HostOptions, "answers" | "answered">,
  ask: (id: number, question: AnchorQuestion) => void,
  answerMsMax = ANSWER_MS_MAX,
): (question: AnchorQuestion) => SentAnswer["value"] {
  const counter = new Int32Array(answered);
  let lastId = 0;
  return (question) => {
    const id = ++lastId;
    ask(id, question);
    const untilMs = performance.now() + answerMsMax;
    for (;;) {
      const seen = Atomics.load(counter, 0);
      const answer = receiveMessageOnPort(answers)?.message as SentAnswer | undefined;
      if (answer?.id === id) return answer.value;
      if (answer !== undefined) continue;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || Atomics.wait(counter, 0, seen, leftMs) === "timed-out")
        throw trellisErrors.SHARD_HOST_FAILED({ reason: "shard 0's thread does not answer" });
    }
  };
}

export function answerNow(answers: MessagePort, answered: SharedArrayBuffer, answer: SentAnswer): void {
  answers.postMessage(answer);
  const counter = new Int32Array(answered);
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
}
