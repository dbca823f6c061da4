import { hexToBytes } from "@trellis/base";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sumScheme } from "../liabilities/index.ts";
import { proofToJson } from "../liabilities/verify/index.ts";
import { openTestService, type TestService } from "./testing/openTestService.ts";

const embedded = await embeddedDatabase();
let database: Database;
let service: TestService;
beforeAll(async () => {
  database = openDatabase({ url: embedded }, SILENT);
  service = await openTestService(database, "verification");
});
afterAll(async () => {
  await service.server.close();
  await database.close();
});

const ask = (method: "GET" | "POST", url: string, payload?: object) =>
  service.server.inject({ method, url, ...(payload && { payload }) });

describe("LIAB-23: verification of a file against the published record", () => {
  const verdictOf = async (file: string, known: object = {}) =>
    (await ask("POST", "/v1/verification", { file, ...known })).json();
  async function forged(snapshotId: string): Promise<string> {
    const terms = {
      snapshotId: hexToBytes(snapshotId),
      assets: { assets: [{ id: "USD", decimals: 2 }], hasDebt: false },
    };
    const row = { customerId: "alice", userKey: new Uint8Array(32).fill(1), equity: [10n ** 12n] };
    const tree = await sumScheme.build([row], terms, SILENT);
    return proofToJson(tree.prove(["alice"]));
  }

  it("PROOF_MISMATCH: another tree under the id of a published snapshot", async () => {
    const { snapshotId } = (await ask("GET", "/v1/snapshots/1")).json().record;
    const file = await forged(snapshotId);
    expect(await verdictOf(file)).toMatchObject({
      isValid: false,
      code: "PROOF_MISMATCH",
      detail: expect.stringContaining("different root record"),
      record: { snapshotId, snapshot: null },
    });
    const { record } = await verdictOf(file);
    expect(await verdictOf(file, { recordHash: record.rootRecordHash })).toMatchObject({
      code: "PROOF_MISMATCH",
      detail: expect.stringContaining("different root record"),
    });
  });

  it("PROOF_MISMATCH: a snapshot that the service never published", async () => {
    const file = await forged(`0x${"77".repeat(32)}`);
    const refused = await verdictOf(file);
    expect(refused).toMatchObject({
      isValid: false,
      code: "PROOF_MISMATCH",
      detail: expect.stringContaining("snapshot not published"),
    });
    const { rootRecordHash } = refused.record;
    expect(await verdictOf(file, { recordHash: rootRecordHash })).toMatchObject({
      isValid: true,
      record: { rootRecordHash, snapshot: null },
    });
  });

  it("compares the client's record, customer and key", async () => {
    const file = proofToJson(await service.ports.snapshots.prove(1, ["alice"]));
    const other = `0x${"11".repeat(32)}`;
    for (const [known, name] of [
      [{ recordHash: other }, "PROOF_MISMATCH: different root record"],
      [{ customerId: "bob" }, "PROOF_MISMATCH: for another customer"],
      [{ customerKey: other }, "PROOF_MISMATCH: salt does not match the customer's key and the snapshot"],
    ] as const) {
      const [code, reason = ""] = name.split(": ");
      const detail = expect.stringContaining(reason);
      expect(await verdictOf(file, known)).toMatchObject({ isValid: false, code, detail });
    }
    expect(await verdictOf(file, { customerId: "alice" })).toMatchObject({ isValid: true });
  });

  it("SNAPSHOT_UNKNOWN: records are found by the snapshot's id", async () => {
    const shown = (await ask("GET", "/v1/snapshots/1")).json();
    expect((await ask("GET", `/v1/records/${shown.record.snapshotId}`)).json()).toEqual(shown);
    const missing = await ask("GET", `/v1/records/0x${"77".repeat(32)}`);
    expect([missing.statusCode, missing.json().code]).toEqual([404, "SNAPSHOT_UNKNOWN"]);
  });
});
