import { parentPort, workerData } from "node:worker_threads";
import { isTrellisError, silentMetrics } from "@trellis/base";
import { openBatchEndpoint } from "@trellis/client";
import { serveMessages } from "@trellis/crypto";
import { batchRequests } from "./batchRequests.ts";
import { ForkReader } from "./ForkReader.ts";
import type { Answers, ForkWorkerOptions, Question, SentAnswer, SentQuestion } from "./forkMessages.ts";

/** The asking thread may be blocked for all attempts together. */
const TIMEOUT_MS = 5_000;
const RETRIES_MAX = 2;
const RETRY_PAUSE_MS_MAX = 2_000;
/** Lists of logs are larger than anything else. */
const ANSWER_BYTES_MAX = 20_000_000;

const { url, count, answers } = workerData as ForkWorkerOptions;
const counter = new Int32Array(count);
const reader = new ForkReader(
  batchRequests(
    openBatchEndpoint(
      {
        name: "fork",
        url,
        timeoutMs: TIMEOUT_MS,
        retriesMax: RETRIES_MAX,
        retryPauseMsMax: RETRY_PAUSE_MS_MAX,
        answerBytesMax: ANSWER_BYTES_MAX,
      },
      { metrics: silentMetrics },
    ),
  ),
  new URL(url).host,
);

serveMessages(async ({ id, isNow, question }: SentQuestion) => {
  const answer = await answered(id, question);
  if (isNow) {
    answers.postMessage(answer);
    Atomics.add(counter, 0, 1);
    Atomics.notify(counter, 0);
  } else parentPort!.postMessage(answer);
});

async function answered(id: number, question: Question): Promise<SentAnswer> {
  try {
    return { id, value: await answerTo(question) };
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return { id, failure: { code: error.code, facts: error.facts } };
  }
}

function answerTo(question: Question): Promise<Answers[keyof Answers]> {
  switch (question.kind) {
    case "find":
      return reader.findBlock(question.number);
    case "check":
      return reader.check(question.block);
    case "account":
      return reader.account(question.block, question.address);
    case "slot":
      return reader.slot(question.block, question.address, question.slot, question.storageRoot);
    case "blockHash":
      return reader.blockHash(question.block, question.number);
    case "request":
      return reader.request(question.block, question.method, question.params);
  }
}
