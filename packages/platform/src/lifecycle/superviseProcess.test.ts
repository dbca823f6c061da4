import { EventEmitter } from "node:events";
import { type Log, type LogFacts, silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { beforeEach, describe, expect, it } from "vitest";
import { createLifecycle } from "./createLifecycle.ts";
import type { Lifecycle } from "./Lifecycle.ts";
import { REPEATED_SIGNAL_MS, STOP_DEADLINE_MS, superviseProcess } from "./superviseProcess.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

let process: FakeProcess;
let lifecycle: Lifecycle;
let fatal: unknown[];
let time: VirtualTime;
let drainMs: number;

beforeEach(() => {
  process = new FakeProcess();
  lifecycle = createLifecycle({ log: silentLog });
  fatal = [];
  drainMs = 0;
  time = new VirtualTime();
  const log: Log & { fatal(event: string, facts?: LogFacts): void } = {
    ...silentLog,
    fatal: (event, facts) => fatal.push([event, facts]),
  };
  superviseProcess({ lifecycle, log, scheduler: time, process, drainMs: () => drainMs });
});

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("superviseProcess", () => {
  it.each(["SIGINT", "SIGTERM"])("%s stops in order and exits 0", async (signal) => {
    let isClosed = false;
    await lifecycle.start(
      "store",
      () => 1,
      () => {
        isClosed = true;
      },
    );
    process.emit(signal);
    expect(process.exits).toEqual([]);
    await settled();
    expect(isClosed).toBe(true);
    expect(process.exits).toEqual([0]);
  });

  it("SIGTERM drains before the stop", async () => {
    drainMs = 5_000;
    lifecycle.serving();
    process.emit("SIGTERM");
    await time.run(drainMs - 1);
    expect(lifecycle.state).toBe("draining");
    expect(process.exits).toEqual([]);
    await time.run(1);
    await settled();
    expect(lifecycle.state).toBe("stopped");
    expect(process.exits).toEqual([0]);
  });

  it.each([
    ["SIGINT", true],
    ["SIGTERM", false],
  ] as const)("%s stops at once; the process serves: %s", async (signal, isServing) => {
    drainMs = 5_000;
    if (isServing) lifecycle.serving();
    process.emit(signal);
    await settled();
    expect(process.exits).toEqual([0]);
  });

  it("a later signal ends the drain, and stops in order", async () => {
    drainMs = 60_000;
    lifecycle.serving();
    process.emit("SIGTERM");
    await time.run(REPEATED_SIGNAL_MS);
    process.emit("SIGTERM");
    await settled();
    expect(process.exits).toEqual([0]);
  });

  it("a failed service stops the others in order and exits 1, once", async () => {
    let isClosed = false;
    await lifecycle.start(
      "store",
      () => 1,
      () => {
        isClosed = true;
      },
    );
    for (const service of ["checks", "reads"]) lifecycle.fail(service, new Error("the worker has ended"));
    await settled();
    expect(isClosed).toBe(true);
    expect(fatal).toMatchObject([["service.failed", { service: "checks" }]]);
    expect(process.exits).toEqual([1]);
  });

  it("an uncaught error ends the drain", async () => {
    drainMs = 60_000;
    lifecycle.serving();
    process.emit("SIGTERM");
    process.emit("uncaughtException", new Error("nobody caught me"));
    await settled();
    expect(process.exits).toEqual([1]);
  });

  it("a signal that repeats within a second is the same request", async () => {
    let finish = (): void => {};
    await lifecycle.start(
      "slow",
      () => 1,
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    process.emit("SIGINT");
    await settled();
    process.emit("SIGINT");
    await time.run(REPEATED_SIGNAL_MS - 1);
    process.emit("SIGTERM");
    expect(process.exits).toEqual([]);
    finish();
    await settled();
    expect(process.exits).toEqual([0]);
  });

  it("a later signal ends at once, with the code of its signal", async () => {
    await lifecycle.start(
      "stuck",
      () => 1,
      () => new Promise(() => {}),
    );
    process.emit("SIGTERM");
    await time.run(REPEATED_SIGNAL_MS);
    expect(process.exits).toEqual([]);
    process.emit("SIGINT");
    expect(process.exits).toEqual([130]);
  });

  it("the deadline exits with 1, and names the service that does not end", async () => {
    await lifecycle.start(
      "stuck",
      () => 1,
      () => new Promise(() => {}),
    );
    process.emit("SIGTERM");
    await settled();
    await time.run(STOP_DEADLINE_MS);
    expect(process.exits).toEqual([1]);
    expect(fatal).toEqual([["process.stopTimedOut", { deadlineMs: STOP_DEADLINE_MS, service: "stuck" }]]);
  });

  it.each(["uncaughtException", "unhandledRejection"])("%s is fatal: it stops and exits 1", async (event) => {
    process.emit(event, new Error("nobody caught me"));
    await settled();
    expect(fatal).toMatchObject([["process.crashed", { error: { message: "nobody caught me" } }]]);
    expect(process.exits).toEqual([1]);
  });

  it("a service that fails to stop makes the exit code 1", async () => {
    await lifecycle.start(
      "broken",
      () => 1,
      () => {
        throw new Error("stuck");
      },
    );
    process.emit("SIGTERM");
    await settled();
    expect(process.exits).toEqual([1]);
  });
});
