import { slowness } from "@trellis/kit";
import { expect } from "vitest";
import type { ExitResult } from "./startDevnet.ts";

const SLOWNESS_BUSY = 3;
const LATE = "process.stopTimedOut";

export function expectStopped(ended: ExitResult): void {
  if (!isLate(ended)) expect(ended.exitCode, ended.stderr).toBe(0);
}

export function expectFaultless(ended: ExitResult): void {
  expectStopped(ended);
  const errors = ended.stderr.split("\n").filter((line) => /"level":"(?:error|fatal)"/.test(line));
  expect(errors.filter((line) => !line.includes(LATE) || !isLate(ended))).toEqual([]);
}

function isLate({ exitCode, stderr }: ExitResult): boolean {
  return exitCode === 1 && stderr.includes(LATE) && slowness() > SLOWNESS_BUSY;
}
