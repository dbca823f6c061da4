import { readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { verifyAuditLog } from "@trellis/platform/audit";
import { type Database, openDatabase } from "@trellis/platform/db";
import type { Actor } from "@trellis/platform/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { verifyProofFile } from "../liabilities/verify/index.ts";
import { createCustodianSigner, decodeRecord, verifyStatement } from "../snapshots/index.ts";
import { JOB_KINDS } from "./index.ts";
import { openTestService, type TestService } from "./testing/openTestService.ts";

const embedded = await embeddedDatabase();
let database: Database;
let service: TestService;

const OPERATOR: Actor = { kind: "role", role: "operator" };
const ALICE: Actor = { kind: "role", role: "customer" };
const BOB: Actor = { kind: "stranger" };
const NOBODY: Actor = { kind: "nobody" };

beforeAll(async () => {
  database = openDatabase({ url: embedded }, SILENT);
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
  it("entries are entered once, and appear in balances, history, totals and statements", async () => {
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
      debts: [],
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

  it("debts have their own balances, history and statement", async () => {
    const account = { customer: "carol", reference: "loan-1" };
    const entries = [
      deposit({ ...account, key: "l1", kind: "borrowing" }),
      deposit({ ...account, key: "l2", kind: "loan" }),
    ];
    expect(await ask(OPERATOR, "POST", "/v1/entries", { entries })).toMatchObject({ status: 201 });
    const one = [{ asset: "BTC", amount: "5" }];
    const shown = await ask(OPERATOR, "GET", "/v1/customers/carol/balances");
    expect(shown.body).toMatchObject({ balances: one, debts: one });
    const totals = await ask(OPERATOR, "GET", "/v1/totals");
    expect(totals.body.balances).toContainEqual({ asset: "BTC", amount: "10" });
    expect(totals.body.debts).toContainEqual({ asset: "BTC", amount: "5" });
    const path = "/v1/customers/carol/assets/BTC";
    const kinds = async (query: string) =>
      (await ask(OPERATOR, "GET", `${path}/entries${query}`)).body.items.map(
        ({ kind }: { kind: string }) => kind,
      );
    expect([await kinds(""), await kinds("?side=debt")]).toEqual([["loan"], ["borrowing"]]);
    const { body } = await ask(OPERATOR, "GET", `${path}/statement?after=0&upTo=5&side=debt`);
    expect(body).toMatchObject({ side: "debt", opening: "0", closing: "5", lines: [{ kind: "borrowing" }] });
    expect(await ask(OPERATOR, "GET", `${path}/entries?side=other`)).toMatchObject({ status: 400 });
  });

  it("ENTRIES_REFUSED: names every invalid entry, and enters nothing", async () => {
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
    expect((await ask(OPERATOR, "GET", "/v1/totals")).body.position).toBe("5");
  });

  it("the schema refuses amounts beyond 128 bits, fractions and exponents", async () => {
    for (const amount of [(2n ** 128n).toString(), "1.5", "1e3", "0x1", "+1", "", " 1", "00", "-0"]) {
      const refused = await ask(OPERATOR, "POST", "/v1/entries", {
        entries: [deposit({ key: "k5", amount })],
      });
      expect(refused).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
    }
  });
});

describe("imports", () => {
  const HEADER = "key,customer,asset,kind,amount,reference,time";
  const CSV = { "content-type": "text/csv" };
  const line = (key: string, change: { amount?: string; customer?: string } = {}) =>
    `${key},${change.customer ?? "bob"},EUR,deposit,${change.amount ?? "5"},r,1`;

  const upload = async (key: string, lines: readonly string[], headers: object = CSV) =>
    ask(OPERATOR, "POST", "/v1/imports", Buffer.from(`${[HEADER, ...lines].join("\n")}\n`), {
      "idempotency-key": key,
      ...headers,
    });

  beforeAll(() => service.ports.ledger.addAsset({ symbol: "EUR", decimals: 2 }));

  it("enters a whole file once", async () => {
    const lines = [line("i1"), line("i2")];
    const counts = { lineCount: 2, enteredCount: 2, replayedCount: 0 };
    expect(await upload("import-1", lines)).toMatchObject({ status: 201, body: counts });
    const again = await upload("import-1", lines);
    expect(again).toMatchObject({ status: 201, body: counts });
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect((await upload("import-2", lines)).body).toMatchObject({ enteredCount: 0, replayedCount: 2 });
  });

  it("accepts a file over a connection, and deletes its temporary copy", async () => {
    const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("trellis-upload-")).length;
    const before = copies();
    await service.server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = service.server.server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/v1/imports`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await service.tokenOf(OPERATOR)}`,
        "idempotency-key": "import-0",
        ...CSV,
      },
      body: `${HEADER}\n${line("i0")}\n`,
    });
    expect(await answer.json()).toMatchObject({ enteredCount: 1 });
    expect(copies()).toBe(before);
  });

  it("IDEMPOTENCY_KEY_REUSED: another file under a key", async () => {
    expect(await upload("import-1", [line("i9")])).toMatchObject({
      status: 422,
      body: { code: "IDEMPOTENCY_KEY_REUSED" },
    });
  });

  it("IMPORT_REFUSED: counts every invalid line, names the first 1,000, and enters nothing", async () => {
    const { position } = (await ask(OPERATOR, "GET", "/v1/totals")).body;
    const bad = Array.from({ length: 1_500 }, (_, n) => line(`b${n}`, { amount: "1.5" }));
    const refused = await upload("import-3", [line("i3"), ...bad, "too,few"]);
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: "IMPORT_REFUSED",
        facts: { lineCount: 1_502, badCount: 1_501, ENTRY_INVALID: 1_500, IMPORT_MALFORMED: 1 },
      },
    });
    expect(refused.body.issues).toHaveLength(1_000);
    expect(refused.body.issues[0]).toEqual({
      pointer: "/line/3",
      reason: expect.stringMatching(/^ENTRY_INVALID: /),
    });
    const unknown = await upload("import-4", [line("i4"), line("i5", { customer: "nobody" })]);
    expect(unknown.body).toMatchObject({ code: "IMPORT_REFUSED", facts: { LEDGER_UNKNOWN: 1 } });
    expect((await ask(OPERATOR, "GET", "/v1/totals")).body.position).toBe(position);
  });

  it("IMPORT_MALFORMED, MEDIA_TYPE_UNSUPPORTED, BODY_MALFORMED", async () => {
    const about = (key: string, body: Buffer, type: string) =>
      ask(OPERATOR, "POST", "/v1/imports", body, { "content-type": type, "idempotency-key": key });
    const header = await about("import-5", Buffer.from("a,b\n1,2\n"), "text/csv");
    const facts = { reason: "the first line does not list the columns" };
    expect(header).toMatchObject({ status: 422, body: { code: "IMPORT_MALFORMED", facts } });
    for (const type of ["application/json", "text/csv; charset=utf-16"]) {
      expect((await about("import-6", Buffer.from("{}"), type)).body.code).toBe("MEDIA_TYPE_UNSUPPORTED");
    }
    const none = { code: "BODY_MALFORMED", facts: { reason: "no body" } };
    expect((await about("import-7", Buffer.alloc(0), "text/csv")).body).toMatchObject(none);
  });
});

describe("row access", () => {
  it("ROW_FORBIDDEN: a customer learns nothing of another, not even whether it exists", async () => {
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
  it("a customer's proof verifies, as JSON and as a file, by the service and locally", async () => {
    const json = await ask(ALICE, "GET", "/v1/customers/alice/snapshots/1/proof");
    const verdict = verifyProofFile(new Uint8Array(json.raw), { customerId: "alice" });
    expect(verdict).toMatchObject({ isValid: true });
    const file = await ask(ALICE, "GET", "/v1/customers/alice/snapshots/1/proof.bin");
    for (const text of [json.raw.toString(), file.raw.toString("base64")]) {
      const verified = await ask(NOBODY, "POST", "/v1/verification", { file: text });
      const { record } = (await ask(NOBODY, "GET", "/v1/snapshots/1")).body;
      const { snapshotId, rootRecordHash } = record;
      expect(verified.body).toEqual({
        isValid: true,
        code: null,
        detail: null,
        record: { snapshotId, rootRecordHash, snapshot: 1 },
      });
    }
    const flipped = Buffer.from(file.raw);
    flipped[60] = flipped[60]! ^ 1;
    const refused = await ask(NOBODY, "POST", "/v1/verification", { file: flipped.toString("base64") });
    expect(refused.body).toMatchObject({ isValid: false, code: expect.stringMatching(/^[A-Z_]+$/) });
  });

  it("API-25, PROOF_MALFORMED: an anonymous client cannot have a proof of several verified", async () => {
    const batch = await ask(OPERATOR, "POST", "/v1/snapshots/1/proofs", { customers: ["alice", "bob"] });
    const refused = await ask(NOBODY, "POST", "/v1/verification", { file: batch.raw.toString() });
    const body = { code: "PROOF_MALFORMED", facts: { reason: "proof of several customers", customers: 2 } };
    expect(refused).toMatchObject({ status: 422, body });
  });

  it("a batch has one proof for all", async () => {
    const batch = await ask(OPERATOR, "POST", "/v1/snapshots/1/proofs", {
      customers: ["alice", "bob", "alice"],
    });
    const verdict = verifyProofFile(new Uint8Array(batch.raw));
    expect(verdict).toMatchObject({ isValid: true, customers: [expect.anything(), expect.anything()] });
  });

  it("LEDGER_CUSTOMER_ERASED, LEDGER-14: proves nothing for an erased customer, alone or with others", async () => {
    const own = await openTestService(database, "api_erased");
    const admin = await own.tokenOf({ kind: "role", role: "admin" });
    const answered = async (method: "GET" | "POST" | "DELETE", url: string, payload?: object) => {
      const headers = { authorization: `Bearer ${admin}` };
      const answer = await own.server.inject({ method, url, headers, ...(payload && { payload }) });
      return [answer.statusCode, answer.statusCode < 400 || answer.json().code];
    };
    const customers = ["alice", "bob"];
    const ofBob = () =>
      Promise.all([
        answered("GET", "/v1/customers/bob/snapshots/1/proof"),
        answered("GET", "/v1/customers/bob/snapshots/1/proof.bin"),
        answered("POST", "/v1/snapshots/1/proofs", { customers }),
      ]);
    expect(await ofBob()).toEqual(Array.from({ length: 3 }, () => [200, true]));
    expect(await answered("DELETE", "/v1/customers/bob/key")).toEqual([204, true]);
    expect(await ofBob()).toEqual(Array.from({ length: 3 }, () => [410, "LEDGER_CUSTOMER_ERASED"]));
    expect(await answered("GET", "/v1/customers/alice/snapshots/1/proof")).toEqual([200, true]);
    expect(await answered("GET", "/v1/snapshots/1/export")).toEqual([200, true]);
    await own.server.close();
  });

  it("a snapshot's record and a statement are served as signed", async () => {
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

describe("jobs and incidents", () => {
  it("JOB_RUNNING: the same work is not started twice", async () => {
    const jobs = service.ports.jobs;
    const was = jobs.add;
    Object.assign(jobs, { add: async () => undefined });
    const refused = await ask(OPERATOR, "POST", "/v1/snapshots", {}, { "idempotency-key": "job-2" });
    Object.assign(jobs, { add: was });
    expect(refused).toMatchObject({ status: 409, body: { code: "JOB_RUNNING" } });
  });

  it("lists and revives jobs of every kind, including scheduled ones", async () => {
    for (const kind of JOB_KINDS) {
      const { body } = await ask(OPERATOR, "GET", `/v1/jobs/${kind}`);
      expect(body.items, kind).toMatchObject([{ kind, id: "job-1" }]);
      expect((await ask(OPERATOR, "POST", `/v1/jobs/${kind}/revival`, {})).status, kind).toBe(200);
      expect((await ask(ALICE, "GET", `/v1/jobs/${kind}`)).status, kind).toBe(403);
    }
    expect((await ask(OPERATOR, "GET", "/v1/jobs/other")).status).toBe(400);
  });

  it("NOT_FOUND", async () => {
    const no = (kind: string) => ({ code: "NOT_FOUND", facts: { reason: `no such ${kind}` } });
    expect((await ask(OPERATOR, "DELETE", "/v1/addresses/eip155:1/x")).body).toMatchObject(no("address"));
    expect((await ask(NOBODY, "GET", "/v1/attestations/x")).body).toMatchObject(no("attestation"));
    expect((await ask(OPERATOR, "GET", "/v1/incidents/x")).body).toMatchObject(no("incident"));
  });

  it("LOG_HEAD_MISSING", async () => {
    const { log } = service.ports;
    const was = log.head;
    Object.assign(log, { head: async () => undefined });
    expect((await ask(NOBODY, "GET", "/v1/log/head")).body.code).toBe("LOG_HEAD_MISSING");
    Object.assign(log, { head: was });
  });

  it("PRECONDITION_FAILED: a changed incident must be read again first", async () => {
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

describe("audit log", () => {
  it("records every change with author and outcome, in a valid chain", async () => {
    await ask({ kind: "role", role: "admin" }, "DELETE", "/v1/api-keys/missing");
    const entries = await service.audit.read(0, 1_000);
    expect(entries.at(-1)).toMatchObject({
      actor: "user:admin",
      action: "revokeApiKey",
      subject: "missing",
      outcome: "refused",
      facts: { code: "NOT_FOUND" },
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

describe("API documents", () => {
  it("the OpenAPI document and the page are served to everyone", async () => {
    const document = await ask(NOBODY, "GET", "/v1/openapi.json");
    expect(document.body.openapi).toBe("3.1.1");
    const page = await ask(NOBODY, "GET", "/v1/docs");
    expect(page.raw.toString()).toContain("takeSnapshot");
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  });
});

describe("events", () => {
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

  it("arrive in order at authorized clients, and resume from a position", async () => {
    const { events } = service;
    events.push({ type: "snapshot.published", data: {} });
    const [alice, operator] = [
      await open("", ALICE),
      await open("?after=1&types=balance.changed,incident.opened,snapshot.published", OPERATOR),
    ];
    expect(await Promise.all([alice.outcome, operator.outcome])).toEqual(["open", "open"]);
    events.push({ type: "balance.changed", customerId: "alice", data: { asset: "BTC" } });
    events.push({ type: "balance.changed", customerId: "bob", data: {} });
    events.push({ type: "incident.opened", data: {} });
    events.push({ type: "snapshot.published", data: {} });
    expect(await alice.until(2)).toEqual([2, 5]);
    expect(await operator.until(4)).toEqual([2, 3, 4, 5]);
    alice.socket.close();
    const resumed = await open("?after=2", ALICE);
    expect(await resumed.until(1)).toEqual([5]);
    resumed.socket.close();
    operator.socket.close();
    while (events.listenerCount > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  });

  it("API-16: a webhook may subscribe to debts alone", async () => {
    const registered = await ask(OPERATOR, "POST", "/v1/webhooks", {
      url: "https://receiver.example/debts",
      eventTypes: ["debt.changed"],
    });
    expect(registered).toMatchObject({ status: 201, body: { eventTypes: ["debt.changed"] } });
  });

  it("EVENTS_GONE and authorization errors are returned before the socket opens", async () => {
    expect(await (await open("?after=0", OPERATOR)).outcome).toBe(410);
    expect(await (await open("?after=99", OPERATOR)).outcome).toBe(400);
    expect(await (await open("?after=x", OPERATOR)).outcome).toBe(400);
    expect(await (await open("", NOBODY)).outcome).toBe(401);
    expect(await (await open("", { kind: "unscoped", role: "operator" })).outcome).toBe(403);
  });

  it("disconnects a client that sends too much", async () => {
    const { socket, outcome } = await open("", OPERATOR);
    await outcome;
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    socket.send("x".repeat(2_000));
    expect(await closed).toBe(1009);
  });
});

it("none of the above was a defect", () => {
  expect(service.defects).toEqual([]);
});
