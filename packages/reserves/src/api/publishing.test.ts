import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import type { Actor } from "@trellis/platform/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestService, type TestService } from "./testing/openTestService.ts";

const embedded = await embeddedDatabase();
let database: Database;
let service: TestService;

const ADMIN: Actor = { kind: "role", role: "admin" };
const OPERATOR: Actor = { kind: "role", role: "operator" };
const AUDITOR: Actor = { kind: "role", role: "auditor" };
const ALICE: Actor = { kind: "role", role: "customer" };
const BOB: Actor = { kind: "stranger" };
const NOBODY: Actor = { kind: "nobody" };

beforeAll(async () => {
  database = openDatabase({ url: embedded }, SILENT);
  service = await openTestService(database, "publishing");
});

afterAll(async () => {
  await service.server.close();
  await database.close();
});

async function ask(actor: Actor, method: "GET" | "POST", url: string, body?: object, headers = {}) {
  const token = await service.tokenOf(actor);
  const answer = await service.server.inject({
    method,
    url,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  const isJson = /json(?!l)/.test(String(answer.headers["content-type"]));
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: isJson ? answer.json() : undefined,
    raw: answer.rawPayload,
  };
}

describe("snapshots", () => {
  it("LIABILITIES_INPUT_INVALID: a reserved scheme without code; an unknown name is invalid", async () => {
    const asked = (scheme: string) =>
      ask(OPERATOR, "POST", "/v1/snapshots", { scheme }, { "idempotency-key": `scheme-${scheme}` });
    expect(await asked("private-sum")).toMatchObject({
      status: 422,
      body: { code: "LIABILITIES_INPUT_INVALID", facts: { reason: "scheme not implemented" } },
    });
    expect(await asked("other-sum")).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
    expect(await asked("plain")).toMatchObject({ status: 202 });
  });
});

describe("exports", () => {
  const exported = (actor: Actor, snapshot = 1) => ask(actor, "GET", `/v1/snapshots/${snapshot}/export`);

  it("EXP-3: auditors export all rows, customers their own, operators none", async () => {
    const whole = await exported(AUDITOR);
    expect(whole.headers["content-type"]).toBe("application/jsonl; charset=utf-8");
    const endOf = (raw: Buffer) => JSON.parse(raw.toString().trimEnd().split("\n").at(-1) ?? "");
    expect(endOf(whole.raw)).toMatchObject({ type: "end", customerCount: 2, omitted: { customerCount: 0 } });
    const own = await exported(ALICE);
    expect(own.raw.toString()).not.toContain("bob");
    expect(endOf(own.raw)).toMatchObject({ type: "end", customerCount: 1, omitted: null });
    expect(await exported(OPERATOR)).toMatchObject({ status: 403 });
    expect(await exported(NOBODY)).toMatchObject({ status: 401 });
    expect(await exported(AUDITOR, 99)).toMatchObject({ status: 404, body: { code: "SNAPSHOT_UNKNOWN" } });
  });
});

describe("maintenance", () => {
  it("RET-1, KEYS-2: shows the schedule; runs and rotations are jobs for authorized users", async () => {
    const shown = await ask(AUDITOR, "GET", "/v1/retention");
    expect(shown.body).toMatchObject({ events: 30, trees: null, deadLetters: 90 });
    const begun = (actor: Actor, path: string, body: object) =>
      ask(actor, "POST", path, body, { "idempotency-key": crypto.randomUUID() });
    expect(await begun(OPERATOR, "/v1/retention-runs", { isDryRun: true })).toMatchObject({
      status: 202,
      body: { kind: "retention" },
    });
    expect(await begun(ADMIN, "/v1/key-rotations", {})).toMatchObject({
      status: 202,
      body: { kind: "rotation" },
    });
    expect(await begun(OPERATOR, "/v1/key-rotations", {})).toMatchObject({ status: 403 });
    for (const actor of [AUDITOR, ALICE])
      expect(await begun(actor, "/v1/retention-runs", {})).toMatchObject({ status: 403 });
  });
});

describe("reports", () => {
  const report = (accept: string, actor: Actor = AUDITOR) =>
    ask(actor, "GET", "/v1/snapshots/1/report", undefined, { accept });

  it("REP-1, API-22: in the requested form, for staff", async () => {
    expect((await report("application/json")).body).toMatchObject({
      type: "trellis-reserves-report",
      snapshot: { record: { number: 1 } },
      attestation: null,
    });
    const csv = await report("text/csv");
    expect(csv.raw.toString()).toMatch(/^snapshot,snapshotId,asset,.*\n1,0x[0-9a-f]{64},BTC,8,0,/);
    const pdf = await report("application/pdf, */*;q=0.1");
    expect(pdf.headers["content-type"]).toBe("application/pdf");
    expect(pdf.raw.subarray(0, 5).toString()).toBe("%PDF-");
    expect((await report("application/pdf")).headers.etag).toBe(pdf.headers.etag);
    expect(await report("image/png")).toMatchObject({ status: 406, body: { code: "NOT_ACCEPTABLE" } });
    for (const actor of [ALICE, BOB]) expect(await report("*/*", actor)).toMatchObject({ status: 403 });
    expect(await report("*/*", NOBODY)).toMatchObject({ status: 401 });
  });
});
