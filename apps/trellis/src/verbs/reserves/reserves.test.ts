import { createSecretKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { createSignatureVerifier } from "@trellis/platform/http";
import { systemClock } from "@trellis/platform/system";
import { EXPORT_FORMAT } from "@trellis/reserves/exports";
import { createHeadSigner, signHead } from "@trellis/reserves/log";
import { proofToJson } from "@trellis/reserves/verify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "./run.ts";
import { type ReservesFlags, reservesDefinition, reservesSettings } from "./settings.ts";
import { type FakeAnswer, type FakeService, openFakeService } from "./testing/openFakeService.ts";
import { ID, NO_HASH, publishedRecord, signer, treeOf } from "./testing/publishedRecord.ts";

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const named = (name: string, what: string) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining({ what }) });
const SECRET = "a secret of 32 characters or more";
const HEADER = "key,customer,asset,kind,amount,reference,time\n";

let folder: string;
let server: FakeService;
let url: string;
let answers: Record<string, FakeAnswer>;
let asked: string[];
let accepted: (string | undefined)[];
let heads: IncomingHttpHeaders[];
let sent: { readonly type: string | undefined; readonly body: string }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-reserves-"));
  process.env.TEST_API_KEY = "trk_test";
  answers = {};
  [asked, accepted, heads, sent] = [[], [], [], []];
  server = await openFakeService((request, body) => {
    asked.push(`${request.method} ${request.url}`);
    accepted.push(request.headers.accept);
    heads.push(request.headers);
    sent.push({ type: request.headers["content-type"], body });
    return answers[request.url ?? ""] ?? { status: 404, body: { code: "NOT_FOUND" } };
  });
  url = server.url;
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const { io, captured } = captureIo();

async function reserves(
  operands: readonly string[],
  flags: Partial<ReservesFlags> = {},
  to = io,
): Promise<string> {
  [captured.stdout, captured.stderr] = ["", ""];
  const defaults = Object.entries(reservesDefinition.settings).map(([name, setting]) => [
    name,
    setting.type.parse(setting.default),
  ]);
  const given = { ...Object.fromEntries(defaults), url, apiKeyFrom: "env:TEST_API_KEY", ...flags };
  await run(await reservesSettings(given as ReservesFlags, operands), to);
  return captured.stdout;
}

function file(text: string): string {
  const path = join(folder, "file");
  writeFileSync(path, text);
  return path;
}

describe("trellis reserves verify", () => {
  it("FILE_UNREADABLE: a proof file", async () => {
    await expect(reserves(["verify", join(folder, "none")])).rejects.toThrowError(
      named("FILE_UNREADABLE", "proof file"),
    );
  });

  it("PROOF_REFUSED: a file that is not a proof, without a request", async () => {
    for (const text of ["", "{}", "hello", "\0\0\0"]) {
      await expect(reserves(["verify", file(text)], { json: true }), text).rejects.toThrowError(
        code("PROOF_REFUSED"),
      );
      expect(JSON.parse(captured.stdout)).toMatchObject({ isValid: false, level: null });
    }
    expect(asked).toEqual([]);
  });
});

describe("LIAB-23: trellis reserves verify compares with the published record", () => {
  const path = `/v1/records/${bytesToHex(ID)}`;
  const recordKey = bytesToHex(signer.publicKey);

  async function published(amount: bigint): Promise<{ rootRecordHash: string; proof: string }> {
    const { record, proof, answer } = await publishedRecord(amount);
    answers = {
      [path]: { status: 200, body: answer },
      "/.well-known/trellis-reserves.json": { status: 200, body: { records: { publicKey: recordKey } } },
    };
    return { rootRecordHash: record.rootRecordHash, proof };
  }

  it("accepts a file of the published record and names the record", async () => {
    const { proof, rootRecordHash } = await published(5n);
    const verdict = JSON.parse(await reserves(["verify", file(proof)], { json: true, recordKey }));
    expect(verdict).toMatchObject({ isValid: true, rootRecordHash, comparedWith: "published", snapshot: 3 });
  });

  it("PROOF_MISMATCH: another tree under the id of a published snapshot", async () => {
    await published(5n);
    const forged = proofToJson((await treeOf(1_000_000n)).prove(["alice"]));
    await expect(reserves(["verify", file(forged)], { json: true })).rejects.toThrowError(
      code("PROOF_REFUSED"),
    );
    expect(JSON.parse(captured.stdout)).toMatchObject({
      isValid: false,
      code: "PROOF_MISMATCH",
      reason: expect.stringContaining("different root record"),
    });
  });

  it("PROOF_MISMATCH: an unknown snapshot", async () => {
    const { proof } = await published(5n);
    answers = { [path]: { status: 404, body: { code: "SNAPSHOT_UNKNOWN" } } };
    await expect(reserves(["verify", file(proof)], { json: true })).rejects.toThrowError(
      code("PROOF_REFUSED"),
    );
    expect(JSON.parse(captured.stdout)).toMatchObject({
      isValid: false,
      code: "PROOF_MISMATCH",
      reason: expect.stringContaining("snapshot not published"),
    });
  });

  it("SNAPSHOT_RECORD_INVALID: a record signed by another key than the pinned one", async () => {
    const { proof } = await published(5n);
    const flags = { recordKey: `0x${"11".repeat(32)}` };
    await expect(reserves(["verify", file(proof)], flags)).rejects.toThrowError(
      code("SNAPSHOT_RECORD_INVALID"),
    );
  });

  it("RESERVES_RECORD_UNKNOWN: without a service, verify needs --record or --offline", async () => {
    const { proof, rootRecordHash } = await published(5n);
    const path = file(proof);
    const away = { url: "http://127.0.0.1:1", json: true };
    await expect(reserves(["verify", path], away)).rejects.toThrowError(code("RESERVES_RECORD_UNKNOWN"));
    const compared = JSON.parse(await reserves(["verify", path], { ...away, record: rootRecordHash }));
    expect(compared).toMatchObject({ isValid: true, comparedWith: "--record", snapshot: null });
    const alone = JSON.parse(await reserves(["verify", path], { ...away, offline: true }));
    expect(alone).toMatchObject({ isValid: true, comparedWith: "nothing" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["PROOF_MISMATCH", "different root record", { record: NO_HASH }],
    ["PROOF_MISMATCH", "for another customer", { customer: "bob" }],
    ["PROOF_MISMATCH", "salt does not match", { customerKeyFrom: "env:TEST_CUSTOMER_KEY" }],
  ])("%s, %s: --record, --customer and --customer-key-from", async (refusal, reason, flags) => {
    process.env.TEST_CUSTOMER_KEY = "22".repeat(32);
    const { proof } = await published(5n);
    const given = reserves(["verify", file(proof)], { json: true, ...flags });
    await expect(given).rejects.toThrowError(code("PROOF_REFUSED"));
    const told = { isValid: false, code: refusal, reason: expect.stringContaining(reason) };
    expect(JSON.parse(captured.stdout)).toMatchObject(told);
    process.env.TEST_CUSTOMER_KEY = "01".repeat(32);
    const own = { customer: "alice", customerKeyFrom: "env:TEST_CUSTOMER_KEY" };
    const text = await reserves(["verify", file(proof)], own);
    expect(text).toMatch(/^valid +these balances .* the record that the service published for snapshot 3\n/);
    expect(text).toMatch(/\ncustomer +"alice"\n +owns +0\.05 "USD"\nall own +0\.05 "USD"\n/);
  });

  it("a file that is compared with no record is reported as consistent, not as valid", async () => {
    const { proof, rootRecordHash } = await published(5n);
    const text = await reserves(["verify", file(proof)], { offline: true });
    expect(text).toMatch(/^consistent .* not compared with a published record\n/);
    expect(text).not.toContain("valid");
    const given = await reserves(["verify", file(proof)], { offline: true, record: rootRecordHash });
    expect(given).toMatch(/^valid .* the record that you gave\n/);
  });
});

describe("trellis reserves verify of an export", () => {
  it("EXPORT_REFUSED: reported on standard output like an invalid proof", async () => {
    const bad = file(`{"format":"${EXPORT_FORMAT}"}\n`);
    await expect(reserves(["verify", bad], { json: true })).rejects.toThrowError(
      code("EXPORT_REFUSED", { reason: "malformed" }),
    );
    const told = { isValid: false, code: "EXPORT_REFUSED", level: null };
    expect(JSON.parse(captured.stdout)).toEqual({ ...told, reason: expect.stringContaining("type: header") });
    await expect(reserves(["verify", bad])).rejects.toThrowError(
      code("EXPORT_REFUSED", { reason: "malformed" }),
    );
    expect(captured.stdout).toBe("");
  });
});

describe("trellis reserves export", () => {
  it("SNAPSHOT_TREE_REMOVED: omits a snapshot whose proofs were deleted", async () => {
    const snapshots = [3, 2, 1].map((number) => ({ number, state: "signed" }));
    const refusal = (status: number, name: string) => ({ status, body: { code: name } });
    answers = {
      "/v1/customers/alice": { status: 200, body: { id: "alice" } },
      "/v1/customers/alice/balances": { status: 200, body: { balances: [], debts: [] } },
      "/v1/snapshots?limit=200": { status: 200, body: { items: snapshots, next: null } },
      "/v1/customers/alice/snapshots/3/proof": { status: 200, body: { a: "proof" } },
      "/v1/customers/alice/snapshots/2/proof": refusal(410, "SNAPSHOT_TREE_REMOVED"),
      "/v1/customers/alice/snapshots/1/proof": refusal(404, "CUSTOMER_UNKNOWN"),
    };
    expect(JSON.parse(await reserves(["export", "alice"]))).toMatchObject({
      customer: { id: "alice" },
      proofs: [{ a: "proof" }],
    });
    answers["/v1/customers/alice/snapshots/2/proof"] = refusal(503, "OVERLOADED");
    await expect(reserves(["export", "alice"])).rejects.toThrowError(code("SERVICE_REFUSED"));
  });
});

describe("trellis reserves import", () => {
  it("FILE_UNREADABLE: a file to import", async () => {
    await expect(reserves(["import", join(folder, "none")])).rejects.toThrowError(
      named("FILE_UNREADABLE", "file to import"),
    );
  });

  it("INPUT_INVALID: an unknown asset", async () => {
    for (const asset of ["BTC", "BTC:", "BTC:-1", ":8", "BTC:8.5"]) {
      const importing = reserves(["import", file(HEADER)], { assets: [asset] });
      await expect(importing, asset).rejects.toThrowError(named("INPUT_INVALID", "asset"));
    }
    expect(asked).toEqual([]);
  });

  it("INPUT_INVALID: reports every invalid line and sends nothing", async () => {
    const lines = ["a,c,BTC,deposit,1,r,1", "b,c,BTC,deposit,-1,r,1", "c,c,BTC,gift,1,r,1", "d,c,BTC"];
    await expect(reserves(["import", file(HEADER + lines.join("\n"))])).rejects.toThrowError(
      code("INPUT_INVALID", { reason: "invalid lines", badCount: 3 }),
    );
    expect(captured.stderr.match(/^line \d+/gm)).toEqual(["line 3", "line 4", "line 5"]);
    expect(asked).toEqual([]);
  });

  it("INPUT_INVALID: a terminal shows the first 1,000 lines, a file all, both the count", async () => {
    const text = HEADER + "a,c,BTC,gift,1,r,1\n".repeat(1_500);
    const importing = (isTerminal: boolean) =>
      reserves(["import", file(text)], {}, { ...io, stderr: { ...io.stderr, isTerminal } });
    const counted = expect.objectContaining({
      facts: expect.objectContaining({ badCount: 1_500, ENTRY_INVALID: 1_500 }),
    });
    await expect(importing(false)).rejects.toThrowError(counted);
    expect(captured.stderr.match(/^line \d+/gm)).toHaveLength(1_500);
    await expect(importing(true)).rejects.toThrowError(counted);
    expect(captured.stderr.match(/^line \d+/gm)).toHaveLength(1_000);
    expect(captured.stderr).toContain("500 more");
  });

  it("sends a file unchanged", async () => {
    const counts = { lineCount: 2, enteredCount: 2, replayedCount: 0, position: "2" };
    answers = {
      "/v1/customers": { status: 200, body: {} },
      "/v1/imports": { status: 201, body: counts },
    };
    const text = `${HEADER}x,c,BTC,transfer,-1,move,1\ny,d,BTC,transfer,1,move,1\n`;
    await reserves(["import", file(text)], { json: true });
    expect(asked).toEqual(["POST /v1/customers", "POST /v1/imports"]);
    expect(sent.at(-1)).toMatchObject({ type: "text/csv", body: text });
    expect(JSON.parse(captured.stdout)).toEqual(counts);
  });

  it("SERVICE_REFUSED: prints the lines that the service refuses", async () => {
    const issues = [3, 7].map((line) => ({ pointer: `/line/${line}`, reason: "ENTRY_OVERDRAWN: too much" }));
    answers = {
      "/v1/customers": { status: 200, body: {} },
      "/v1/imports": { status: 422, body: { code: "IMPORT_REFUSED", hint: "look", issues } },
    };
    await expect(reserves(["import", file(`${HEADER}a,c,BTC,deposit,1,r,1`)])).rejects.toThrowError(
      expect.objectContaining({ facts: expect.objectContaining({ refusal: "IMPORT_REFUSED" }) }),
    );
    expect(captured.stderr).toBe("line 3: ENTRY_OVERDRAWN: too much\nline 7: ENTRY_OVERDRAWN: too much\n");
  });
});

describe("trellis reserves with a service", () => {
  it("SERVICE_UNREACHABLE", async () => {
    await expect(reserves(["log"], { url: "http://127.0.0.1:1" })).rejects.toThrowError(
      code("SERVICE_UNREACHABLE"),
    );
  });

  it("SERVICE_REFUSED: with the service's code and its first issue", async () => {
    const issues = [{ pointer: "/body/entries/0", reason: "unknown asset" }];
    answers = { "/v1/customers": { status: 422, body: { code: "ENTRIES_REFUSED", hint: "look", issues } } };
    await expect(reserves(["import", file(`${HEADER}a,c,BTC,deposit,1,r,1`)])).rejects.toThrowError(
      expect.objectContaining({
        code: "SERVICE_REFUSED",
        facts: expect.objectContaining({
          refusal: "ENTRIES_REFUSED",
          first: "/body/entries/0 unknown asset",
        }),
      }),
    );
  });

  it("SERVICE_REFUSED: with the service's message, facts and hint", async () => {
    answers["/v1/customers/carol/snapshots/1/proof"] = {
      status: 404,
      body: {
        code: "CUSTOMER_UNKNOWN",
        detail: "the snapshot has no such customer",
        hint: "look",
        facts: { customer: "carol", snapshot: 1 },
      },
    };
    await expect(reserves(["prove", "carol"], { snapshot: 1 })).rejects.toMatchObject({
      facts: {
        refusal: "CUSTOMER_UNKNOWN",
        reason: "the snapshot has no such customer, customer: carol, snapshot: 1",
        advice: "look",
      },
    });
  });

  it("SECRET_UNREADABLE: a file of several lines instead of an API key is named and not sent", async () => {
    const from = `file:${file("a\nb\n")}`;
    await expect(reserves(["prove", "alice"], { apiKeyFrom: from })).rejects.toMatchObject({
      code: "SECRET_UNREADABLE",
      facts: { what: from, characters: 3, lines: 2 },
    });
    expect(asked).toEqual([]);
    const nobody = { ...io, askSecret: async (question: string) => Promise.reject(new Error(question)) };
    await expect(reserves(["prove", "alice"], { apiKeyFrom: "" }, nobody)).rejects.toThrow("--api-key-from");
    answers["/v1/snapshots/1/report"] = { status: 200, body: {} };
    await reserves(["report"], { snapshot: 1, apiKeyFrom: `file:${file("trk_key\n\n")}` });
  });

  it("--sign-with signs a request instead of sending an API key", async () => {
    const key = createSecretKey(Buffer.from(SECRET));
    const verifier = createSignatureVerifier({
      findKey: async (id) => ({ id, algorithm: "hmac-sha256", key }),
      nonces: { use: async () => true },
      clock: systemClock,
    });
    answers["/v1/snapshots/1/report"] = { status: 200, body: {} };
    const signing = { apiKeyFrom: "", signWith: `file:${file(SECRET)}`, signKeyId: "billing/1" };
    await reserves(["report"], { snapshot: 1, ...signing });
    const { authorization, ...headers } = heads[0]!;
    expect(authorization).toBeUndefined();
    const { host } = new URL(url);
    const request = {
      method: "GET",
      scheme: "http",
      authority: host,
      target: "/v1/snapshots/1/report",
      headers,
    };
    expect(await verifier.verify(request, false)).toEqual({ keyId: "billing/1", coversBody: false });
  });

  it("CONFIG_INVALID_VALUE, CRYPTO_KEY_INVALID: a signing key without an id, beside an API key, of another form", async () => {
    const signWith = `file:${file(SECRET)}`;
    const signed = (flags: Partial<ReservesFlags>) =>
      reserves(["report"], { snapshot: 1, apiKeyFrom: "", ...flags });
    const invalid = code("CONFIG_INVALID_VALUE");
    await expect(signed({ signWith })).rejects.toThrowError(invalid);
    await expect(signed({ signKeyId: "a" })).rejects.toThrowError(invalid);
    const both = signed({ signWith, signKeyId: "a", apiKeyFrom: "env:TEST_API_KEY" });
    await expect(both).rejects.toThrowError(invalid);
    const short = signed({ signWith: `file:${file("short")}`, signKeyId: "a" });
    await expect(short).rejects.toThrowError(code("CRYPTO_KEY_INVALID"));
    expect(asked).toEqual([]);
  });

  it("FILE_UNWRITABLE: a result; a written file is reported with its size", async () => {
    answers["/v1/snapshots/1/export"] = { status: 200, body: { a: 1 } };
    answers["/v1/customers/alice/snapshots/1/proof"] = { status: 200, body: { a: 1 } };
    const out = join(folder, "out");
    for (const verb of [["audit"], ["prove", "alice"]]) {
      const unwritable = reserves(verb, { snapshot: 1, out: join(folder, "none", "x") });
      await expect(unwritable, verb[0]).rejects.toThrowError(named("FILE_UNWRITABLE", "result"));
      const written = JSON.parse(await reserves(verb, { snapshot: 1, out, json: true }));
      expect(written, verb[0]).toMatchObject({ file: out, bytes: 7 });
    }
  });

  it("a refused audit keeps the earlier file", async () => {
    const out = file("an earlier export\n");
    answers["/v1/snapshots/9/export"] = { status: 404, body: { code: "SNAPSHOT_UNKNOWN" } };
    await expect(reserves(["audit"], { snapshot: 9, out })).rejects.toThrowError(code("SERVICE_REFUSED"));
    expect(readFileSync(out, "utf8")).toBe("an earlier export\n");
  });

  it("INPUT_INVALID", async () => {
    answers = {
      "/v1/snapshots?limit=2": { status: 200, body: { items: [{ number: 1, state: "building" }] } },
    };
    await expect(reserves(["prove", "alice"])).rejects.toThrowError(
      code("INPUT_INVALID", { reason: "no signed snapshot" }),
    );
  });

  it("writes a report in the requested form, and to a file unchanged", async () => {
    answers = { "/v1/snapshots/1/report": { status: 200, body: { type: "report" } } };
    expect(await reserves(["report"], { snapshot: 1 })).toBe('{"type":"report"}');
    const out = join(folder, "report.pdf");
    await reserves(["report"], { snapshot: 1, format: "pdf", out });
    expect([readFileSync(out, "utf8"), statSync(out).mode & 0o777]).toEqual(['{"type":"report"}', 0o600]);
    expect(accepted).toEqual(["application/json", "application/pdf"]);
  });

  it("RESERVES_JOB_FAILED", async () => {
    const output = { code: "SNAPSHOT_TERMS_INVALID", message: "no entries" };
    const dead = { state: "dead", attempts: 1, output };
    answers = {
      "/v1/snapshots": { status: 202, body: { kind: "snapshot", id: "7" } },
      "/v1/jobs/snapshot/7": { status: 200, body: dead },
    };
    await expect(reserves(["snapshot"])).rejects.toMatchObject({
      code: "RESERVES_JOB_FAILED",
      facts: { refusal: "SNAPSHOT_TERMS_INVALID", reason: "no entries" },
    });
  });

  it("API-24: a snapshot that waits reports the reason and since when, once", async () => {
    const waiting = "waiting since 2026-01-02T03:04:05.000Z for a price of USD";
    const job = { attempts: 1, progress: { phase: waiting }, output: null };
    answers = {
      "/v1/snapshots": { status: 202, body: { kind: "snapshot", id: "7" } },
      "/v1/jobs/snapshot/7": { status: 200, body: { ...job, state: "running" } },
    };
    const taken = reserves(["snapshot"]);
    const looks = () => asked.filter((one) => one === "GET /v1/jobs/snapshot/7").length;
    await expect.poll(looks, { timeout: 30_000 }).toBeGreaterThan(2);
    answers["/v1/jobs/snapshot/7"] = {
      status: 200,
      body: { ...job, state: "done", output: { value: { number: 1 } } },
    };
    await taken;
    expect(captured.stderr).toBe(`snapshot ${waiting}\n`);
  });

  it("FILE_UNREADABLE; a claim sends the signed files unchanged", async () => {
    const none = join(folder, "none");
    await expect(reserves(["claim", none, none])).rejects.toThrowError(
      named("FILE_UNREADABLE", "challenge or its signature"),
    );
    expect(asked).toEqual([]);
    answers["/v1/addresses"] = { status: 201, body: { address: "0x00" } };
    const text = file("0xabcd\n");
    expect(await reserves(["claim", text, text], { json: true })).toBe('{"address":"0x00"}\n');
    expect(asked).toEqual(["POST /v1/addresses"]);
  });

  it("FILE_UNREADABLE: a saved head", async () => {
    await expect(reserves(["log", "consistency", join(folder, "none")])).rejects.toThrowError(
      named("FILE_UNREADABLE", "head that `trellis reserves log --out FILE` keeps"),
    );
    expect(asked).toEqual([]);
  });

  it("LOG_INCONSISTENT, LOG_SIZE_INVALID, LOG_HEAD_REFUSED: computed from the two heads, with their sizes", async () => {
    const signer = createHeadSigner("c", "ed25519", new Uint8Array(32).fill(1));
    const noteOf = (size: number, fill: number) =>
      signHead({ origin: "c", size, root: new Uint8Array(32).fill(fill), timeMs: 1 }, [signer]);
    const published = { origin: "c", name: "c", publicKey: bytesToHex(signer.key.publicKey) };
    answers["/.well-known/trellis-reserves.json"] = { status: 200, body: { log: published } };
    answers["/v1/log/head"] = { status: 200, body: { note: await noteOf(6, 1) } };
    const compared = async (note: string) => reserves(["log", "consistency", file(note)], { json: true });
    await expect(compared(await noteOf(7, 2))).rejects.toMatchObject({
      code: "LOG_INCONSISTENT",
      facts: { reason: "the later head has fewer entries", oldSize: 7, newSize: 6 },
    });
    const split = { code: "LOG_INCONSISTENT", facts: { reason: "one size with two roots" } };
    await expect(compared(await noteOf(6, 2))).rejects.toMatchObject(split);
    const empty = { code: "LOG_SIZE_INVALID", facts: { reason: expect.stringContaining("an empty log") } };
    await expect(compared(await noteOf(0, 2))).rejects.toMatchObject(empty);
    expect(JSON.parse(await compared(await noteOf(6, 1)))).toMatchObject({ isConsistent: true });
    const pinned = reserves(["log"], { logKey: `0x${"02".repeat(32)}` });
    await expect(pinned).rejects.toMatchObject({ code: "LOG_HEAD_REFUSED" });
  });

  it("USAGE_INVALID: arguments of log", async () => {
    const refused = (facts: object) => ({ code: "USAGE_INVALID", facts });
    await expect(reserves(["log", "consistency"])).rejects.toMatchObject(refused({ needed: 1, got: 0 }));
    await expect(reserves(["log", "everything"])).rejects.toMatchObject(refused({ got: "log everything" }));
  });
});
