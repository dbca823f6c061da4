import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { TEST_START_MS } from "../sync/testing/testChain.ts";
import { watchPauses } from "./watchPauses.ts";

it("PEER-6: detects that this process was paused, until delayed messages have arrived", async () => {
  const time = new VirtualTime(TEST_START_MS);
  let stoodStillMs = 0;
  const pauses = watchPauses({ nowMs: () => time.nowMs() + stoodStillMs }, time);
  await time.run(60_000);
  expect(pauses.isRecent()).toBe(false);
  stoodStillMs += 1_000;
  await time.run(1_000);
  expect(pauses.isRecent()).toBe(false);
  stoodStillMs += 5_000;
  expect(pauses.isRecent()).toBe(true);
  await time.run(10_000);
  expect(pauses.isRecent()).toBe(true);
  await time.run(10_000);
  expect(pauses.isRecent()).toBe(false);
  pauses.stop();
});
