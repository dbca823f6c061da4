import type { Pace } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { TestGuard } from "../sync/testing/TestNode.ts";
import { TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { AnswerQueue } from "./AnswerQueue.ts";
import { serve } from "./serve.ts";

const { bodies } = createWire(TEST_PARAMETERS).protocols;
const HASH: Hash = `0x${"11".repeat(32)}`;

it("SYNC-18: requests for one body each take turns", async () => {
  let pauses = 0;
  const pace: Pace = {
    isDue: () => true,
    pause: () => {
      pauses += 1;
      return new Promise((resolve) => setImmediate(resolve));
    },
    processorMs: () => 0,
  };
  let answers = 0;
  const server = serve(
    new TestGuard(),
    bodies,
    () => {
      answers += 1;
      return { bodies: [undefined] };
    },
    new AnswerQueue(pace),
  );
  const request = bodies.request.encode({ hashes: [HASH] });
  const asked = Array.from({ length: 4 }, () => server.answer("a", request));
  expect(answers).toBe(0);
  await Promise.all(asked);
  expect([answers, pauses]).toEqual([4, 4]);
});
