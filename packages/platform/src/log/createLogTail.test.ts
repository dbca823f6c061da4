import { describe, expect, it } from "vitest";
import { createLog } from "./createLog.ts";
import { createLogTail } from "./createLogTail.ts";

const SIZES = { linesMax: 5, charactersMax: 4_096 };

function open(sizes = SIZES) {
  const tail = createLogTail(sizes);
  const log = createLog({ level: "debug", destination: tail });
  return { tail, log };
}

const events = (page: { readonly items: readonly { readonly event: string }[] }): string[] =>
  page.items.map(({ event }) => event);

describe("log tail", () => {
  it("returns the newest lines, oldest first, with their module and facts", () => {
    const { tail, log } = open();
    log.child("chain").child("dag").warn("block refused", { number: 7, password: "hunter2" });
    expect(tail.read({ limit: 10 })).toEqual({
      items: [
        {
          position: 1,
          timeMs: expect.any(Number),
          level: "warn",
          module: "chain.dag",
          event: "block refused",
          facts: { number: 7, password: "[redacted]" },
        },
      ],
      next: 1,
      missedCount: 0,
    });
  });

  it("resumes after a position, and reports how many lines were dropped in between", () => {
    const { tail, log } = open();
    for (let count = 1; count <= 3; count++) log.info(`line ${count}`);
    const first = tail.read({ after: 1, limit: 1 });
    expect(first).toMatchObject({ next: 2, missedCount: 0 });
    expect(events(first)).toEqual(["line 2"]);
    for (let count = 4; count <= 9; count++) log.info(`line ${count}`);
    const later = tail.read({ after: first.next, limit: 100 });
    expect(later).toMatchObject({ next: 9, missedCount: 2 });
    expect(events(later)).toEqual(["line 5", "line 6", "line 7", "line 8", "line 9"]);
    expect(tail.read({ after: 9, limit: 100 })).toEqual({ items: [], next: 9, missedCount: 0 });
  });

  it("filters by level and by module with submodules", () => {
    const { tail, log } = open();
    log.child("chain").debug("a");
    log.child("chain").child("dag").error("b");
    log.child("chainsaw").error("c");
    log.fatal("d");
    expect(events(tail.read({ level: "error", limit: 9 }))).toEqual(["b", "c", "d"]);
    expect(events(tail.read({ module: "chain", limit: 9 }))).toEqual(["a", "b"]);
    expect(tail.read({ after: 0, module: "chainsaw", level: "fatal", limit: 9 })).toMatchObject({
      items: [],
      next: 4,
    });
  });

  it("a position of an earlier process returns the lines of this one", () => {
    const { tail, log } = open();
    log.info("a");
    expect(tail.read({ after: 100, limit: 9 })).toMatchObject({
      items: [{ event: "a" }],
      next: 1,
      missedCount: 0,
    });
  });

  it("stays within its character limit, and drops the facts of a long line", () => {
    const { tail, log } = open({ linesMax: 1_000, charactersMax: 4_096 });
    for (let count = 0; count < 100; count++) log.info("line", { filling: "x".repeat(100) });
    const kept = tail.read({ limit: 1_000 }).items;
    expect(kept.length).toBeLessThan(30);
    log.info("long", { filling: "x".repeat(100_000) });
    expect(tail.read({ limit: 1 }).items).toMatchObject([
      { event: "long", facts: { factsLeftOut: expect.any(Number) } },
    ]);
  });
});
