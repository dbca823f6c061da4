import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { workSignal } from "../cancellation/index.ts";
import { type Call, defineRoute, type Route } from "./index.ts";
import { openTestApi, type TestApi } from "./testing/openTestApi.ts";

let reasons: unknown[] = [];
let api: TestApi;
afterEach(async () => {
  reasons = [];
  await api.server.close();
});

function route(
  timeMsMax: number,
  handle: (call: Pick<Call, "signal">) => Promise<{ isAborted: boolean }>,
): Route {
  return defineRoute(
    {
      id: "change",
      method: "POST",
      path: "/v1/changes",
      tag: "changes",
      summary: "Changes something",
      access: { kind: "public" },
      body: z.strictObject({}),
      answer: { status: 200, description: "done", schema: z.strictObject({ isAborted: z.boolean() }) },
      errors: [],
      timeMsMax,
    },
    handle,
  );
}

const untilAborted = (begun: () => void) => {
  return ({ signal }: Pick<Call, "signal">) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        reject(signal.reason);
      });
      begun();
    });
};

const REQUEST = {
  method: "POST",
  headers: { "content-type": "application/json" },
} as const;

describe("abort signal of a request", () => {
  it("is not aborted after the body was read, and belongs to the work", async () => {
    let isOfWork = false;
    const handle = async ({ signal }: Pick<Call, "signal">) => {
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      isOfWork = workSignal() === signal;
      return { isAborted: signal.aborted };
    };
    api = await openTestApi([route(10_000, handle)]);
    const { statusCode, body } = await api.server.inject({ ...REQUEST, url: "/v1/changes", payload: "{}" });
    expect([statusCode, JSON.parse(body)]).toEqual([200, { isAborted: false }]);
    expect(isOfWork).toBe(true);
  });

  it("REQUEST_TIMEOUT: aborts when the time expires", async () => {
    api = await openTestApi([
      route(
        30,
        untilAborted(() => {}),
      ),
    ]);
    const { statusCode, body } = await api.server.inject({ ...REQUEST, url: "/v1/changes", payload: "{}" });
    expect([statusCode, JSON.parse(body).code]).toEqual([503, "REQUEST_TIMEOUT"]);
    await expect.poll(() => reasons).toEqual([expect.objectContaining({ code: "REQUEST_TIMEOUT" })]);
  });

  it("REQUEST_TIMEOUT: aborts when the client disconnects", async () => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    api = await openTestApi([route(60_000, untilAborted(resolve))]);
    const url = await api.server.listen({ host: "127.0.0.1", port: 0 });
    const client = new AbortController();
    const asking = fetch(`${url}/v1/changes`, { ...REQUEST, body: "{}", signal: client.signal });
    await begun;
    client.abort();
    await expect(asking).rejects.toThrow();
    await expect.poll(() => reasons).toEqual([expect.objectContaining({ code: "REQUEST_TIMEOUT" })]);
  });
});
