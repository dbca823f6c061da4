import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReservesFlags, reservesDefinition, reservesSettings } from "./settings.ts";
import { type FakeAnswer, type FakeService, openFakeService } from "./testing/openFakeService.ts";
import {
  attestationOf,
  auditOf,
  ID,
  NO_HASH,
  publishedKeys,
  publishedRecord,
} from "./testing/publishedRecord.ts";
import { verify } from "./verify.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const { io, captured } = captureIo();

let folder: string;
let server: FakeService;
let answers: Record<string, FakeAnswer>;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-verify-"));
  [answers, asked] = [{}, []];
  server = await openFakeService(({ url = "" }) => {
    asked.push(url);
    return answers[url] ?? { status: 404, body: { code: "NOT_FOUND" } };
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function verified(file: string, flags: Partial<ReservesFlags> = {}): Promise<string> {
  captured.stdout = "";
  const defaults = Object.entries(reservesDefinition.settings).map(([name, setting]) => [
    name,
    setting.type.parse(setting.default),
  ]);
  const given = { ...Object.fromEntries(defaults), url: server.url, ...flags } as ReservesFlags;
  await verify(await reservesSettings(given, ["verify", file]), io);
  return captured.stdout;
}

function file(text: string): string {
  const path = join(folder, "file");
  writeFileSync(path, text);
  return path;
}

describe("trellis reserves verify of an audit and of an attestation", () => {
  const path = `/v1/records/${bytesToHex(ID)}`;
  const { records, log } = publishedKeys;
  const [recordKey, logKey] = [records.publicKey, log.publicKey];
  const assets = [{ asset: "USD", liabilities: "500", countedReserves: "540", coverageRatio: 1.08 }];

  async function published() {
    const known = await publishedRecord(500n);
    answers = {
      [path]: { status: 200, body: known.answer },
      "/.well-known/trellis-reserves.json": { status: 200, body: publishedKeys },
    };
    return { ...known, attestation: await attestationOf(known.record, 600n) };
  }

  it("an audit names the values that it was compared with, and the coverage of each asset", async () => {
    const known = await published();
    const audit = file(await auditOf(known, known.attestation));
    const { rootRecordHash: record } = known.record;
    for (const [flags, comparedWith] of [
      [{}, "nothing"],
      [{ recordKey, logKey }, "--record-key, --log-key"],
      [{ record, logKey }, "--record, --log-key"],
    ] as const) {
      const verdict = JSON.parse(await verified(audit, { json: true, ...flags }));
      expect(verdict).toMatchObject({ isValid: true, comparedWith, recordKey, logKey, assets });
    }
    const otherKey = verified(audit, { logKey: NO_HASH });
    await expect(otherKey).rejects.toThrowError(code("EXPORT_REFUSED"));
    expect(asked).toEqual([]);
  });

  it("ATT-2: an attestation is compared with the published record; people read amounts and meanings", async () => {
    const { attestation, record } = await published();
    const attested = file(attestation);
    const verdict = JSON.parse(await verified(attested, { json: true, logKey }));
    const named = { snapshot: 3, snapshotId: record.snapshotId, comparedWith: "published, --log-key" };
    expect(verdict).toMatchObject({ isValid: true, ...named, recordKey, logKey, isCovered: true, assets });
    expect(verdict.proved).toContain("ASSETS_COVERED");
    const text = await verified(attested);
    expect(text).toContain(
      "asset USD, liabilities 5.00, reserves 6.00, haircutBasisPoints 1000, countedReserves 5.40, coverageRatio 1.08",
    );
    expect(text).toMatch(/^proved +LIABILITIES_ADDED_UP: the liabilities of each asset/m);
    expect(text).toMatch(/^ +ASSETS_BORROWED: that the custodian owns the reserves/m);
  });

  it("an attestation and a record signed by replaced keys verify by the published list", async () => {
    const { attestation } = await published();
    const replaced = (key: { readonly publicKey: string }) => ({
      ...key,
      publicKey: NO_HASH,
      others: [{ algorithm: "ed25519", publicKey: key.publicKey }],
    });
    const body = { ...publishedKeys, records: replaced(records), log: replaced(log) };
    answers["/.well-known/trellis-reserves.json"] = { status: 200, body };
    const verdict = JSON.parse(await verified(file(attestation), { json: true }));
    expect(verdict).toMatchObject({ isValid: true, comparedWith: "published", recordKey, logKey });
  });

  it("ATTESTATION_REFUSED: a changed figure, another log key, another record", async () => {
    const { attestation } = await published();
    const forged = attestation.replace('"reserves":"600"', '"reserves":"900"');
    for (const [text, flags] of [
      [forged, {}],
      [attestation, { logKey: NO_HASH }],
      [attestation, { record: NO_HASH }],
      [attestation.replaceAll("snapshotId", "snapshotid"), {}],
    ] as const) {
      const verifying = verified(file(text), { json: true, ...flags });
      await expect(verifying).rejects.toThrowError(code("ATTESTATION_REFUSED"));
      expect(JSON.parse(captured.stdout)).toMatchObject({ isValid: false, code: "ATTESTATION_REFUSED" });
    }
  });

  it("RESERVES_RECORD_UNKNOWN, INPUT_INVALID: an attestation without a record has no verdict", async () => {
    const { attestation } = await published();
    const away = verified(file(attestation), { json: true, url: "http://127.0.0.1:1" });
    await expect(away).rejects.toThrowError(code("RESERVES_RECORD_UNKNOWN"));
    expect(captured.stdout).toBe("");
    const offline = verified(file(attestation), { json: true, offline: true });
    await expect(offline).rejects.toThrowError(code("INPUT_INVALID"));
    expect(captured.stdout).toBe("");
  });
});
