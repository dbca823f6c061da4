import { contractFaults } from "@trellis/kit/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestService } from "./testing/openTestService.ts";

let service: Awaited<ReturnType<typeof openTestService>>;

beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

async function ask(method: "GET" | "POST", url: string, body?: object, key = "one") {
  const { statusCode, payload } = await service.server.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${await service.tokenOf({ kind: "role", role: "operator" })}`,
      "idempotency-key": key,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  return { status: statusCode, body: JSON.parse(payload) };
}

it("the status names failures, running runs and ages", async () => {
  const { body } = await ask("GET", "/v1/backups/status");
  expect(body.kinds.slice(0, 3)).toMatchObject([
    { kind: "full", repository: "/a", state: "failed", ageMs: null, lastSuccess: null },
    { kind: "log", state: "ok", isRunning: true },
    { kind: "verify", state: "ok", lastSuccess: { proofs: ["chain: head 7"] } },
  ]);
  expect(body.problems).toMatchObject([{ condition: "failed", code: "REPOSITORY_LOCKED" }]);
});

it("a repository that cannot be read does not hide the others", async () => {
  const { body } = await ask("GET", "/v1/backups");
  expect(body.items).toMatchObject([
    { repository: "/a", backups: [{ base: expect.any(String) }, { base: null, addedBytes: 3 }], code: null },
    { repository: "/b", backups: [], code: "REPOSITORY_MISSING" },
  ]);
});

it("runs are paged, newest first", async () => {
  const first = (await ask("GET", "/v1/backups/runs?limit=2")).body;
  const last = (await ask("GET", `/v1/backups/runs?limit=2&cursor=${first.next}`)).body;
  const kinds = [...first.items, ...last.items].map(({ kind }: { kind: string }) => kind);
  expect([kinds, last.next]).toEqual([["log", "full", "verify"], null]);
  expect((await ask("GET", "/v1/backups/runs?kind=full")).body.items).toHaveLength(1);
});

it("a second request of a kind returns the waiting job", async () => {
  const first = await ask("POST", "/v1/backups", { kind: "log" }, "two");
  expect(first.status).toBe(202);
  expect((await ask("POST", "/v1/backups", { kind: "log" }, "three")).body).toEqual(first.body);
  expect((await ask("POST", "/v1/backups", { kind: "full" }, "four")).body).not.toEqual(first.body);
  expect(await service.jobs.list("log", 10)).toMatchObject([{ data: { by: "user:operator" } }]);
});

it("every answer matches the OpenAPI document", async () => {
  const { faults } = await contractFaults(service);
  expect(faults.slice(0, 25)).toEqual([]);
  expect(service.defects).toEqual([]);
});
