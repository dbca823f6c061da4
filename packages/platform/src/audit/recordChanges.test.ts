import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { dbErrors } from "../db/errors.ts";
import { httpErrors } from "../http/index.ts";
import { type Call, defineRoute, type Route } from "../http/route.ts";
import { openTestApi, type TestApi } from "../http/testing/openTestApi.ts";
import { STAFF } from "../http/testing/testRoutes.ts";
import { createMemoryAuditStore } from "../testing/createMemoryAuditStore.ts";
import type { AuditEntry } from "./AuditEntry.ts";
import { createAuditLog } from "./createAuditLog.ts";
import { recordChanges } from "./recordChanges.ts";

let entries: AuditEntry[];
let worked: number;
let isDown: boolean;
let isRefused: boolean;
let api: TestApi;

function countedRoute(): Route {
  const store = createMemoryAuditStore(entries);
  const log = createAuditLog({
    clock: { nowMs: () => 5 },
    store: {
      ...store,
      append: async (...given) => {
        if (isDown) throw dbErrors.DB_CONNECTION_LOST();
        return store.append(...given);
      },
    },
  });
  const route = defineRoute(
    {
      id: "work",
      method: "POST",
      path: "/v1/work",
      tag: "tests",
      summary: "Is counted",
      access: STAFF,
      idempotency: "required",
      answer: { status: 201, description: "how often", schema: z.strictObject({ worked: z.int() }) },
      errors: [],
    },
    () => {
      if (isRefused) throw httpErrors.PRECONDITION_FAILED();
      worked += 1;
      return { worked };
    },
  );
  return recordChanges(route, log);
}

async function work(key: string) {
  const headers = { authorization: "Bearer admin", "idempotency-key": key };
  const answer = await api.server.inject({ method: "POST", url: "/v1/work", headers });
  return {
    status: answer.statusCode,
    body: answer.json(),
    isRepeated: "idempotency-replayed" in answer.headers,
  };
}

beforeEach(async () => {
  [entries, worked, isDown, isRefused] = [[], 0, false, false];
  api = await openTestApi([countedRoute()]);
  return () => api.server.close();
});

describe("recording of changes", () => {
  it("records executed and refused changes", async () => {
    expect(await work("a")).toMatchObject({ status: 201, body: { worked: 1 } });
    isRefused = true;
    expect(await work("b")).toMatchObject({ status: 412 });
    expect(entries).toMatchObject([
      { actor: "user:Bearer admin", action: "work", outcome: "done" },
      { action: "work", outcome: "refused", facts: { code: "PRECONDITION_FAILED" } },
    ]);
  });

  it("API-15, REQUEST_TIMEOUT: an aborted change may have taken effect, and is not recorded as refused", async () => {
    const left = new AbortController();
    const route = countedRoute();
    const given: Route = {
      ...route,
      handle() {
        left.abort(httpErrors.REQUEST_TIMEOUT());
        throw left.signal.reason;
      },
    };
    const call = { principal: { id: "user:a" }, params: {}, correlationId: "c", signal: left.signal };
    const log = createAuditLog({ clock: { nowMs: () => 5 }, store: createMemoryAuditStore(entries) });
    await expect(recordChanges(given, log).handle(call as unknown as Call)).rejects.toBe(left.signal.reason);
    expect(entries).toMatchObject([{ outcome: "failed", facts: { code: "REQUEST_TIMEOUT" } }]);
  });

  it("CHANGE_UNRECORDED: does not record completed work as refused", async () => {
    isDown = true;
    expect(await work("a")).toMatchObject({ status: 500, body: { code: "CHANGE_UNRECORDED" } });
    expect([worked, entries]).toEqual([1, []]);
    expect(api.logged).toEqual(["request.failed"]);
  });

  it("retries under its key a refused change that could not be recorded", async () => {
    [isDown, isRefused] = [true, true];
    expect(await work("a")).toMatchObject({ status: 503, body: { code: "DB_CONNECTION_LOST" } });
    [isDown, isRefused] = [false, false];
    expect(await work("a")).toMatchObject({ status: 201, isRepeated: false });
    expect(entries).toMatchObject([{ outcome: "done" }]);
  });
});
