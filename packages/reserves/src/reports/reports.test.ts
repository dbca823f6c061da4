import { inflateSync } from "node:zlib";
import { PDFDocument, PDFRawStream } from "pdf-lib";
import { describe, expect, it } from "vitest";
import { createAttestation, signAttestation } from "../attestation/index.ts";
import { attestationInput } from "../attestation/testing/attestationInput.ts";
import { amountText } from "../liabilities/verify/amountText.ts";
import { createHeadSigner } from "../log/index.ts";
import { encodeRecord } from "../snapshots/index.ts";
import { refusal } from "../testing/refusal.ts";
import { createReport, type ReportPorts } from "./createReport.ts";
import { type AuditReport, reportToCsv, reportToJson } from "./index.ts";
import { reportToPdf } from "./reportToPdf.ts";
import { BARE_REPORT, REPORT } from "./testing/report.ts";

async function textOf(pdf: Uint8Array): Promise<string> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  const streams = document.context.enumerateIndirectObjects().map(([, object]) => object);
  return streams
    .filter((object) => object instanceof PDFRawStream)
    .map(({ contents }) => inflateSync(contents).toString("latin1"))
    .flatMap((operators) => [...operators.matchAll(/<([0-9A-F]*)> Tj/g)])
    .map(([, hex]) => Buffer.from(hex ?? "", "hex").toString("latin1"))
    .join("\n");
}

describe("report as PDF", () => {
  it("REP-2: equal reports give equal bytes, and others do not", async () => {
    const pdf = await reportToPdf(REPORT);
    expect(Buffer.from(pdf).subarray(0, 5).toString()).toBe("%PDF-");
    expect(await reportToPdf(structuredClone(REPORT))).toEqual(pdf);
    expect(await reportToPdf({ ...REPORT, custodian: "other.example" })).not.toEqual(pdf);
  });

  it("REP-3: contains figures, roots, keys, signatures and statements of proof in full", async () => {
    const text = await textOf(await reportToPdf(REPORT));
    const whole = text.replaceAll("\n", "");
    const { record, recordHash, signature, anchor } = REPORT.snapshot;
    for (const hash of [
      ...[record.root, record.rootRecordHash, record.snapshotId, record.previousRecordHash, recordHash],
      ...[signature, anchor!.transactionHash, REPORT.logHead!.root],
      ...[REPORT.records.publicKey, REPORT.log.publicKey],
    ])
      expect(whole).toContain(hash);
    for (const figure of [
      "10.000000000000000000",
      "11.000000000000000000",
      "1.250000000000000000",
      "0.900001",
    ])
      expect(text.split("\n")).toContain(figure);
    for (const { meaning } of [...REPORT.attestation!.proved, ...REPORT.attestation!.notProved])
      expect(text.replaceAll("\n", " ")).toContain(meaning);
    expect(text).toContain("Every asset is covered");
    expect(text).toContain("trellis reserves log inclusion --snapshot 7");
  });

  it("REP-3: states what was not attested, logged or anchored", async () => {
    const text = await textOf(await reportToPdf(BARE_REPORT));
    for (const said of ["Reserves are not attested", "not yet in the log", "not anchored", "None."])
      expect(text).toContain(said);
    expect(text).not.toContain("Customers owe");
  });

  it("hundreds of assets, figures of 128 bits and any characters fit on pages", async () => {
    const most = (2n ** 128n - 1n).toString();
    const totals = Array.from({ length: 256 }, (_, n) => ({
      asset: `A${"x".repeat(60)}${n}`,
      decimals: 38,
      amount: most,
    }));
    const record = { ...REPORT.snapshot.record, totals, debts: totals, blockHeights: { "链\u0000\n:1": 3 } };
    const incident = { ...REPORT.openIncidents[0]!, got: "\u202e🙂<script>", asset: "é" };
    const large: AuditReport = {
      ...REPORT,
      custodian: "x".repeat(255),
      snapshot: { ...REPORT.snapshot, record },
      openIncidents: Array.from({ length: 100 }, () => incident),
    };
    const pdf = await reportToPdf(large);
    expect((await PDFDocument.load(pdf)).getPageCount()).toBeGreaterThan(6);
    const text = await textOf(pdf);
    expect(text.split("\n").filter((line) => line === amountText(most, 38))).toHaveLength(512);
    expect(text).toContain("\\u{94fe}\\u{0}\\u{a}:1 at 3");
    expect(text).toContain("\\u{202e}\\u{1f642}<script>");
  });
});

describe("report as CSV and JSON", () => {
  it("REP-1: one line per asset in base units; unknown values are empty", () => {
    expect(reportToCsv(REPORT).split("\n").slice(0, 2)).toEqual([
      "snapshot,snapshotId,asset,decimals,liabilities,reserves,countedReserves,isCovered,customerDebts",
      `7,0x${"01".repeat(32)},ETH,18,10000000000000000000,11000000000000000000,11000000000000000000,true,1250000000000000000`,
    ]);
    expect(reportToCsv(BARE_REPORT).split("\n")[2]).toBe(`7,0x${"01".repeat(32)},XYZ,6,900000,,,,`);
    expect(JSON.parse(reportToJson(REPORT))).toEqual(REPORT);
  });

  it("amounts have all of their decimals", () => {
    const cases = [
      ["0", 0, "0"],
      ["0", 2, "0.00"],
      ["5", 2, "0.05"],
      ["1234567", 0, "1,234,567"],
      ["123456789", 2, "1,234,567.89"],
      ["-100", 2, "-1.00"],
    ] as const;
    for (const [amount, decimals, text] of cases) expect(amountText(amount, decimals)).toBe(text);
  });
});

describe("report data", () => {
  const { record } = REPORT.snapshot;
  const signer = createHeadSigner("exchange.example", "ed25519", new Uint8Array(32).fill(7));
  const publicKey = `0x${Buffer.from(signer.key.publicKey).toString("hex")}` as const;
  const view = {
    snapshotId: record.snapshotId as string,
    isCovered: true,
    logIndex: 1,
    timeMs: record.timeMs + 1,
  };

  function partsOf(signed: string, views = [{ ...view, id: "5" }]): ReportPorts {
    const list = async (before: string | undefined, limit: number) =>
      views.filter(({ id }) => before === undefined || Number(id) < Number(before)).slice(0, limit);
    return {
      snapshots: {
        record: async () => ({ record, bytes: encodeRecord(record), signature: new Uint8Array(64) }),
      },
      publications: { of: async () => ({ logIndex: undefined, anchor: undefined }) },
      log: { head: async () => undefined },
      attestations: { list, signed: async () => signed, evidence: async () => [] },
      incidents: { list: async () => [], find: async () => undefined, acknowledge: async () => undefined },
      published: {
        custodian: "exchange.example",
        records: REPORT.records,
        log: { ...REPORT.log, publicKey },
      },
    };
  }

  it("REP-1: contains the newest attestation of the snapshot, among attestations of others", async () => {
    const others = Array.from({ length: 450 }, (_, n) => ({
      ...view,
      snapshotId: `0x${"99".repeat(32)}`,
      id: String(1_000 - n),
    }));
    const signed = await signAttestation(createAttestation(attestationInput), [signer]);
    const report = await createReport(7, partsOf(signed, [...others, { ...view, id: "5" }]));
    expect(report.attestation).toMatchObject({ id: "5", isCovered: true, quote: "USD" });
    expect(report.snapshot).toMatchObject({ logIndex: null, anchor: null });
    expect((await createReport(7, partsOf(signed, others))).attestation).toBeNull();
  });

  it("REP-1: omits an attestation that does not verify, or does not match the record", async () => {
    const other = {
      ...attestationInput,
      holdings: attestationInput.holdings.map((holding) => ({ ...holding, blockHeight: 1 })),
    };
    const signed = await signAttestation(createAttestation(attestationInput), [signer]);
    for (const [text, name] of [
      ["", "ATTESTATION_REFUSED: malformed"],
      [
        signed.replace('"isCovered":true', '"isCovered":false'),
        "ATTESTATION_REFUSED: a signature does not match",
      ],
      [
        await signAttestation(createAttestation(other), [signer]),
        "ATTESTATION_REFUSED: does not match the custodian's snapshot record",
      ],
    ] as const)
      await expect(createReport(7, partsOf(text))).rejects.toThrowError(refusal(name));
  });
});
