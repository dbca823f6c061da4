import { describe, expect, it } from "vitest";
import { isLost, isRefusedBy } from "../errors.ts";
import { askService, problemOf } from "./askService.ts";

const answering = (body: string, status: number) => async () => new Response(body, { status });
const PROBLEM = {
  status: 422,
  code: "ENTRIES_REFUSED",
  detail: "nothing was entered",
  hint: "correct it",
  correlationId: "c1",
  issues: [{ pointer: "/body/entries/0", reason: "LEDGER_UNKNOWN: no" }],
};

async function failure(fetch: typeof globalThis.fetch): Promise<unknown> {
  return askService(fetch, "/v1/me").then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("asking a service", () => {
  it("CONSOLE_REFUSED: with the service's own code, and the whole problem beside it", async () => {
    const error = await failure(answering(JSON.stringify(PROBLEM), 422));
    expect(error).toMatchObject({
      code: "CONSOLE_REFUSED",
      facts: { status: 422, refusal: "ENTRIES_REFUSED", reason: "nothing was entered", correlationId: "c1" },
    });
    expect(isRefusedBy(error, "ENTRIES_REFUSED")).toBe(true);
    expect(isRefusedBy(error, "OTHER")).toBe(false);
    expect(problemOf(error)).toEqual(PROBLEM);
  });

  it("CONSOLE_REFUSED: where the refusal is no problem, by its status alone", async () => {
    for (const body of ["<html>", "null", "[]", '{"code":7}']) {
      const error = await failure(answering(body, 403));
      expect(error).toMatchObject({ code: "CONSOLE_REFUSED", facts: { status: 403 } });
      expect(problemOf(error)).toBeUndefined();
    }
  });

  it("CONSOLE_LOST: nobody there, or a proxy that says so; a busy service is not lost", async () => {
    const gone = await failure(async () => {
      throw new TypeError("fetch failed");
    });
    expect(isLost(gone)).toBe(true);
    expect(isLost(await failure(answering("", 502)))).toBe(true);
    const busy = { ...PROBLEM, code: "OVERLOADED" };
    expect(isLost(await failure(answering(JSON.stringify(busy), 503)))).toBe(false);
  });

  it("what was given up is not lost", async () => {
    const given = new DOMException("", "AbortError");
    const signal = AbortSignal.abort(given);
    const asking = askService(() => Promise.reject(given), "/v1/me", { signal });
    await expect(asking).rejects.toBe(given);
  });
});
