import { type LogFacts, silentLog } from "@trellis/base";
import { clientErrors } from "@trellis/client";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import type { BlockReport } from "../engine/index.ts";
import { runEngine } from "./runEngine.ts";

const PAUSE_MS = 100;

async function logOfFailure(error: Error): Promise<[level: string, facts: LogFacts | undefined][]> {
  const lines: [string, LogFacts | undefined][] = [];
  const log = {
    ...silentLog,
    warn: (_: string, facts?: LogFacts) => void lines.push(["warn", facts]),
    error: (_: string, facts?: LogFacts) => void lines.push(["error", facts]),
  };
  const scheduler = new VirtualTime();
  const engine = {
    step: (): Promise<BlockReport | undefined> => Promise.reject(error),
    status: () => ({ head: undefined }) as never,
  };
  const running = runEngine(engine, PAUSE_MS, { scheduler, log, tell: async () => {} });
  await scheduler.run(3 * PAUSE_MS);
  await running.stop();
  return lines;
}

it("logs a reorganised block as one warning without a stack", async () => {
  const error = clientErrors.NODE_BLOCK_UNKNOWN({ block: "0xab" });
  const { code, message: reason, hint } = error;
  expect(await logOfFailure(error)).toEqual([["warn", { code, reason, hint }]]);
});

it("logs a defect as an error with its stack", async () => {
  const error = new TypeError("of undefined");
  expect(await logOfFailure(error)).toEqual([["error", { error }]]);
});
