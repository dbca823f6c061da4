import type { AddressInfo } from "node:net";
import { SILENT } from "@trellis/kit/databases";
import { verifyAuditLog } from "@trellis/platform/audit";
import { type Database, openDatabase } from "@trellis/platform/db";
import type { Actor } from "@trellis/platform/openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { verifyProofFile } from "../liabilities/verify/index.ts";
import { createCustodianSigner, decodeRecord, verifyStatement } from "../snapshots/index.ts";
import { openTestService, type TestService } from "./fixtures/openTestService.ts";

let database: Database;
let service: TestService;

const OPERATOR: Actor = { kind: "role", role: "operator" };
const ALICE: Actor = { kind: "role", role: "customer" };
const BOB: Actor = { kind: "stranger" };
const NOBODY: Actor = { kind: "nobody" };

beforeAll(async () => {
  database = openDatabase({ url: "pglite:" }, SILENT);
  service = await openTestService(database, "api");
});

afterAll(async () => {
  await service.server.close();
  await database.close();
});

async function ask(
  actor: Actor,
  method: "GET" | "POST" | "PUT" | "DELETE",
  url: string,
  body?: unknown,
  headers = {},
) {
  const token = await service.tokenOf(actor);
  const answer = await service.server.inject({
    method,
    url,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  const isJson = String(answer.headers["content-type"]).includes("json");
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: isJson ? answer.json() : undefined,
    raw: answer.rawPayload,
  };
}

const deposit = (change: object = {}) => ({
  key: "k1",
  customer: "bob",
  asset: "BTC",
  kind: "deposit",
  amount: "5",
  reference: "r",
  happenedAtMs: 1,
  ...change,
});

describe("ledger", () => {
  it("entries go in once, and balances, history, totals and statements show them", async () => {
    const first = await ask(OPERATOR, "POST", "/v1/entries", { entries: [deposit()] });
    expect(first).toMatchObject({ status: 201, body: { position: "3", enteredCount: 1, replayedCount: 0 } });
    const again = await ask(OPERATOR, "POST", "/v1/entries", { entries: [deposit()] });
    expect(again.body).toMatchObject({ enteredCount: 0, replayedCount: 1 });
    const balances = await ask(BOB, "GET", "/v1/customers/bob/balances");
    expect(balances.body).toEqual({
      position: "3",
      balances: expect.arrayContaining([
        { asset: "BTC", amount: "5" },
        { asset: "USD", amount: "250" },
      ]),
    });
    const before = await ask(BOB, "GET", "/v1/customers/bob/balances?position=2");
    expect(before.body.balances).toEqual([{ asset: "USD", amount: "250" }]);
    const history = await ask(BOB, "GET", "/v1/customers/bob/assets/BTC/entries");
    expect(history.body.items).toMatchObject([{ amount: "5", balance: "5", sequence: "1" }]);
    const statement = await ask(BOB, "GET", "/v1/customers/bob/assets/BTC/statement?after=0&upTo=3");
    expect(statement.body).toMatchObject({ opening: "0", closing: "5" });
    expect((await ask(OPERATOR, "GET", "/v1/totals")).body.balances).toContainEqual({
      asset: "BTC",
      amount: "5",
    });
  });

  it("ENTRIES_REFUSED: every entry that is wrong is named, and nothing goes in", async () => {
    const bad = [
      deposit({ key: "k2" }),
      deposit({ key: "k3", customer: "x" }),
      deposit({ key: "k4", amount: "-1" }),
    ];
    const refused = await ask(OPERATOR, "POST", "/v1/entries", { entries: bad });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: "ENTRIES_REFUSED", facts: { problemCount: 2 } },
    });
    expect(refused.body.issues.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/body/entries/1",
      "/body/entries/2",
    ]);
    expect((await ask(OPERATOR, "GET", "/v1/totals")).body.position).toBe("3");
  });

  it("amounts beyond 128 bits, fractions and exponents are refused by the schema", async () => {
    for (const amount of [(2n ** 128n).toString(), "1.5", "1e3", "0x1", "+1", "", " 1", "00", "-0"]) {
      const refused = await ask(OPERATOR, "POST", "/v1/entries", {
        entries: [deposit({ key: "k5", amount })],
      });
      expect(refused).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
    }
  });
});

describe("rows", () => {
  it("ROW_FORBIDDEN: a customer sees nothing of another, whether they exist or not", async () => {
    for (const other of ["bob", "nobody"]) {
      for (const path of [
        "",
        "/balances",
        "/assets/USD/entries",
        "/snapshots/1/proof",
        "/snapshots/1/proof.bin",
      ]) {
        const refused = await ask(ALICE, "GET", `/v1/customers/${other}${path}`);
        expect(refused).toMatchObject({ status: 403, body: { code: "ROW_FORBIDDEN", facts: {} } });
      }
    }
    const own = await ask(ALICE, "GET", "/v1/customers/alice");
    expect(own).toMatchObject({ status: 200, body: { id: "alice" } });
    expect((await ask(ALICE, "GET", "/v1/me")).body).toMatchObject({ role: "customer", customerId: "alice" });
  });
});

describe("proofs", () => {
  it("a customer's proof verifies, as JSON and as a file, here and alone", async () => {
    const json = await ask(ALICE, "GET", "/v1/customers/alice/snapshots/1/proof");
    const verdict = verifyProofFile(new Uint8Array(json.raw), { customerId: "alice" });
    expect(verdict).toMatchObject({ isValid: true });
    const file = await ask(ALICE, "GET", "/v1/customers/alice/snapshots/1/proof.bin");
    for (const text of [json.raw.toString(), file.raw.toString("base64")]) {
      const verified = await ask(NOBODY, "POST", "/v1/verification", { file: text });
      expect(verified.body).toEqual({ isValid: true, code: null, detail: null });
    }
    const flipped = Buffer.from(file.raw);
    flipped[60] = flipped[60]! ^ 1;
    const refused = await ask(NOBODY, "POST", "/v1/verification", { file: flipped.toString("base64") });
    expect(refused.body).toMatchObject({ isValid: false, code: expect.stringMatching(/^[A-Z_]+$/) });
  });

  it("a batch has one proof for all", async () => {
    const batch = await ask(OPERATOR, "POST", "/v1/snapshots/1/proofs", {
      customers: ["alice", "bob", "alice"],
    });
    const verdict = verifyProofFile(new Uint8Array(batch.raw));
    expect(verdict).toMatchObject({ isValid: true, leaves: [expect.anything(), expect.anything()] });
  });

  it("a snapshot's record and a statement are what was signed", async () => {
    const { body } = await ask(NOBODY, "GET", "/v1/snapshots/1");
    expect(decodeRecord(new Uint8Array(Buffer.from(body.encoded, "base64")))).toEqual(body.record);
    const signed = await ask(ALICE, "GET", "/v1/customers/alice/assets/USD/signed-statement?from=0&to=1");
    const { publicKey } = createCustodianSigner(new Uint8Array(32).fill(9));
    const statement = verifyStatement(
      {
        bytes: new Uint8Array(Buffer.from(signed.body.encoded, "base64")),
        signature: new Uint8Array(Buffer.from(signed.body.signature, "base64")),
      },
      publicKey,
      { opening: 0n, closing: 100n },
    );
    expect(statement.closing).toBe("100");
  });
});

describe("work and incidents", () => {
  it("JOB_RUNNING: the same work is not begun twice", async () => {
    const jobs = service.parts.jobs;
    const was = jobs.add;
    Object.assign(jobs, { add: async () => undefined });
    const refused = await ask(OPERATOR, "POST", "/v1/snapshots", {}, { "idempotency-key": "job-2" });
    Object.assign(jobs, { add: was });
    expect(refused).toMatchObject({ status: 409, body: { code: "JOB_RUNNING" } });
  });

  it("ADDRESS_NOT_FOUND, ATTESTATION_NOT_FOUND, INCIDENT_NOT_FOUND", async () => {
    expect((await ask(OPERATOR, "DELETE", "/v1/addresses/eip155:1/x")).body.code).toBe("ADDRESS_NOT_FOUND");
    expect((await ask(NOBODY, "GET", "/v1/attestations/x")).body.code).toBe("ATTESTATION_NOT_FOUND");
    expect((await ask(OPERATOR, "GET", "/v1/incidents/x")).body.code).toBe("INCIDENT_NOT_FOUND");
  });

  it("LOG_HEAD_MISSING", async () => {
    const { log } = service.parts;
    const was = log.head;
    Object.assign(log, { head: async () => undefined });
    expect((await ask(NOBODY, "GET", "/v1/log/head")).body.code).toBe("LOG_HEAD_MISSING");
    Object.assign(log, { head: was });
  });

  it("PRECONDITION_FAILED: an incident that changed meanwhile is read again first", async () => {
    const { headers } = await ask(OPERATOR, "GET", "/v1/incidents/incident-1");
    const put = (etag: unknown) =>
      ask(
        OPERATOR,
        "PUT",
        "/v1/incidents/incident-1/acknowledgement",
        { note: "looking" },
        { "if-match": etag },
      );
    const first = await put(headers.etag);
    expect(first).toMatchObject({ status: 200, body: { acknowledgedBy: "user:operator", version: 2 } });
    expect(await put(headers.etag)).toMatchObject({ status: 412, body: { code: "PRECONDITION_FAILED" } });
    expect(await put(first.headers.etag)).toMatchObject({ status: 200, body: { version: 3 } });
  });
});

describe("record", () => {
  it("every change is on record with who and what came of it, and the chain holds", async () => {
    await ask({ kind: "role", role: "admin" }, "DELETE", "/v1/api-keys/missing");
    const entries = await service.audit.read(0, 1_000);
    expect(entries.at(-1)).toMatchObject({
      actor: "user:admin",
      action: "revokeApiKey",
      subject: "missing",
      outcome: "refused",
      facts: { code: "API_KEY_ID_UNKNOWN" },
    });
    expect(entries.some(({ action, outcome }) => action === "enterEntries" && outcome === "done")).toBe(true);
    expect(await verifyAuditLog(service.audit)).toMatchObject({ broken: undefined });
    const shown = await ask({ kind: "role", role: "auditor" }, "GET", "/v1/audit-log?limit=2");
    expect(shown.body.items).toHaveLength(2);
    expect(
      (await ask({ kind: "role", role: "auditor" }, "GET", "/v1/audit-log/verification")).body.broken,
    ).toBeNull();
  });

  it("an API key works until it is revoked, within its scopes", async () => {
    const admin: Actor = { kind: "role", role: "admin" };
    const made = await ask(admin, "POST", "/v1/api-keys", {
      name: "reader",
      role: "auditor",
      scopes: ["ledger:read"],
    });
    const use = (url: string) =>
      ask(NOBODY, "GET", url, undefined, { authorization: `Bearer ${made.body.text}` });
    expect(await use("/v1/entries")).toMatchObject({ status: 200 });
    expect(await use("/v1/incidents")).toMatchObject({ status: 403, body: { code: "SCOPE_FORBIDDEN" } });
    await ask(admin, "DELETE", `/v1/api-keys/${made.body.key.id}`);
    expect(await use("/v1/entries")).toMatchObject({ status: 401, body: { code: "API_KEY_REVOKED" } });
    const listed = await ask(admin, "GET", "/v1/api-keys");
    expect(JSON.stringify(listed.body)).not.toContain(made.body.text.slice(21, 60));
  });
});

describe("descriptions", () => {
  it("the document, the page and the messages are served to everyone", async () => {
    const document = await ask(NOBODY, "GET", "/v1/openapi.json");
    expect(document.body.openapi).toBe("3.1.1");
    const page = await ask(NOBODY, "GET", "/v1/docs");
    expect(page.raw.toString()).toContain("takeSnapshot");
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    const proto = await ask(NOBODY, "GET", "/v1/schema.proto");
    expect(proto.raw.toString()).toContain("message LedgerEntry {");
  });
});

describe("events", () => {
  /** Gives messages one after another, and the code of the close. */
  async function open(query: string, actor: Actor) {
    if (service.server.server.address() === null) await service.server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = service.server.server.address() as AddressInfo;
    const token = await service.tokenOf(actor);
    const protocols = token === undefined ? ["trellis.v1"] : ["trellis.v1", `bearer.${token}`];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/events${query}`, protocols);
    const received: { position: number; type: string }[] = [];
    socket.on("message", (data) => received.push(JSON.parse(String(data))));
    const refused = new Promise<number>((resolve) => {
      socket.on("unexpected-response", (_request, answer) => resolve(answer.statusCode ?? 0));
      socket.on("error", () => {});
    });
    const opened = new Promise<"open">((resolve) => socket.on("open", () => resolve("open")));
    const until = async (count: number) => {
      while (received.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
      return received.map(({ position }) => position);
    };
    return { socket, outcome: Promise.race([opened, refused]), until, received };
  }

  it("come in order, to whom they are for, and resume where one was", async () => {
    const { events } = service;
    events.push({ type: "snapshot.published", data: {} });
    const [alice, operator] = [
      await open("", ALICE),
      await open("?after=1&types=balance.changed,snapshot.published", OPERATOR),
    ];
    expect(await Promise.all([alice.outcome, operator.outcome])).toEqual(["open", "open"]);
    events.push({ type: "balance.changed", customerId: "alice", data: { asset: "BTC" } });
    events.push({ type: "balance.changed", customerId: "bob", data: {} });
    events.push({ type: "incident.opened", data: {} });
    events.push({ type: "snapshot.published", data: {} });
    expect(await alice.until(3)).toEqual([2, 4, 5]);
    expect(await operator.until(3)).toEqual([2, 3, 5]);
    alice.socket.close();
    const resumed = await open("?after=2", ALICE);
    expect(await resumed.until(2)).toEqual([4, 5]);
    resumed.socket.close();
    operator.socket.close();
    while (events.listenerCount > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  });

  it("EVENTS_GONE, and who may not is told before the socket opens", async () => {
    expect(await (await open("?after=0", OPERATOR)).outcome).toBe(410);
    expect(await (await open("?after=99", OPERATOR)).outcome).toBe(400);
    expect(await (await open("?after=x", OPERATOR)).outcome).toBe(400);
    expect(await (await open("", NOBODY)).outcome).toBe(401);
    expect(await (await open("", { kind: "unscoped", role: "operator" })).outcome).toBe(403);
  });

  it("a client that sends much is cut off", async () => {
    const { socket, outcome } = await open("", OPERATOR);
    await outcome;
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    socket.send("x".repeat(2_000));
    expect(await closed).toBe(1009);
  });
});

it("nothing above was a defect", () => {
  expect(service.defects).toEqual([]);
});
