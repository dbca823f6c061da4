import { MessageChannel, Worker } from "node:worker_threads";
import { ZERO_HASH } from "@trellis/protocol";
import { expect, it, onTestFinished } from "vitest";
import { answerNow, askNow } from "./askNow.ts";
import type { SentAnchor } from "./messages.ts";

const anchorOf = (number: number): SentAnchor => ({
  anchor: { hash: ZERO_HASH, number, epoch: 0 },
  state: { values: undefined, records: [] },
});

function open() {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return { port1, answers: port2, answered: new SharedArrayBuffer(4) };
}

it("returns the answer to its question, and skips late answers to others", () => {
  const { port1, answers, answered } = open();
  const ask = askNow({ answers, answered }, (id, question) => {
    answerNow(port1, answered, { id: id - 1, value: anchorOf(99) });
    answerNow(port1, answered, { id, value: "number" in question ? anchorOf(question.number) : undefined });
  });
  expect(ask({ number: 3 })).toEqual(anchorOf(3));
  expect(ask({ hash: ZERO_HASH })).toBeUndefined();
});

it("waits for another thread", async () => {
  const { port1, answers, answered } = open();
  const answer = `
    const { workerData } = require("node:worker_threads");
    const { port, answered, value } = workerData;
    port.postMessage({ id: 1, value });
    Atomics.add(new Int32Array(answered), 0, 1);
    Atomics.notify(new Int32Array(answered), 0);
  `;
  let worker: Worker | undefined;
  const ask = askNow({ answers, answered }, () => {
    const workerData = { port: port1, answered, value: anchorOf(4) };
    worker = new Worker(answer, { eval: true, workerData, transferList: [port1] });
  });
  expect(ask({ number: 4 })).toEqual(anchorOf(4));
  await worker!.terminate();
});

it("SHARD_HOST_FAILED: the other thread does not answer", () => {
  const { answers, answered } = open();
  const ask = askNow({ answers, answered }, () => {}, 20);
  expect(() => ask({ epoch: 0 })).toThrow(expect.objectContaining({ code: "SHARD_HOST_FAILED" }));
});
