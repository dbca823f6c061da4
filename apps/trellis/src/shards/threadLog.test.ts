import { type Log, type LogFacts, silentLog } from "@trellis/base";
import { expect, it } from "vitest";
import { trellisErrors } from "../errors.ts";
import type { LogLine } from "./messages.ts";
import { threadLog, writeLine } from "./threadLog.ts";

/** As the main thread receives them. */
function linesOf(isVerbose: boolean, write: (log: Log) => void): LogLine[] {
  const lines: LogLine[] = [];
  write(threadLog((line) => void lines.push(structuredClone(line)), isVerbose));
  return lines;
}

function recordingLog(written: object[], module: readonly string[] = []): Log {
  const warn = (event: string, facts: LogFacts = {}) => void written.push({ module, event, ...facts });
  return { ...silentLog, warn, child: (name) => recordingLog(written, [...module, name]) };
}

it("a shard's lines have their module, facts and error, and the shard", () => {
  const error = trellisErrors.SHARD_HOST_FAILED({ shard: 1 });
  const [line] = linesOf(false, (log) =>
    log.child("chain").child("dag").warn("block.late", { error, count: 3 }),
  );
  const written: object[] = [];
  writeLine(recordingLog(written), line!, 2);
  expect(written).toMatchObject([
    { module: ["chain", "dag"], event: "block.late", count: 3, shard: 2, error: { code: error.code } },
  ]);
});

it("debug lines are sent only if the main thread writes them", () => {
  const debug = (log: Log) => log.debug("block.seen");
  expect(linesOf(false, debug)).toEqual([]);
  expect(linesOf(true, debug)).toMatchObject([{ level: "debug", event: "block.seen" }]);
});
