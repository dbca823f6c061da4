import { PDFDocument } from "pdf-lib";
import { amountText } from "../liabilities/verify/amountText.ts";
import type { AuditReport, Meaning } from "./AuditReport.ts";
import { type Cell, PageWriter, type Tone } from "./pdf/PageWriter.ts";
import { timeText } from "./timeText.ts";

export async function reportToPdf(report: AuditReport): Promise<Uint8Array> {
  const { custodian, snapshot } = report;
  const { number, timeMs } = snapshot.record;
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(`Proof of reserves of ${custodian}, snapshot ${number}`, { showInWindowTitleBar: true });
  document.setAuthor(custodian);
  document.setProducer("Trellis");
  document.setLanguage("en");
  document.setCreationDate(new Date(timeMs));
  document.setModificationDate(new Date(timeMs));
  const writer = await PageWriter.open(document);
  writer.title("Proof of reserves", `${custodian}, snapshot ${number}`, badgeOf(report));
  summary(report, writer);
  assets(report, writer);
  record(report, writer);
  publication(report, writer);
  attestation(report, writer);
  incidents(report, writer);
  verification(report, writer);
  writer.footers(`${custodian}   snapshot ${number}   record ${snapshot.recordHash}`);
  return document.save({ addDefaultPage: false });
}

function badgeOf({ attestation: attested }: AuditReport): { readonly text: string; readonly tone: Tone } {
  if (attested === null) return { text: "Reserves are not attested", tone: "plain" };
  return attested.isCovered
    ? { text: "Every asset is covered", tone: "good" }
    : { text: "Not every asset is covered", tone: "bad" };
}

function summary({ snapshot: { record: taken }, attestation: attested }: AuditReport, writer: PageWriter) {
  const owed = `Customers' balances were recorded on ${timeText(taken.timeMs)}, at ledger position ${taken.ledgerPosition}.`;
  const debts =
    taken.debts === undefined
      ? ""
      : " Customers' debts are listed separately and are not deducted from their balances.";
  const held =
    attested === null
      ? "The custodian's reserves were not attested for this snapshot."
      : `The balances of claimed addresses were read and signed on ${timeText(attested.timeMs)}. An asset is covered if its reserves after haircut are at least its liabilities; a surplus of one asset never covers another.`;
  writer.paragraph(`${owed}${debts} ${held}`);
}

function assets({ snapshot: { record: taken }, attestation: attested }: AuditReport, writer: PageWriter) {
  writer.heading("Liabilities and reserves");
  const hasDebts = taken.debts !== undefined;
  const rows = taken.totals.map(({ asset, decimals, amount }, column): Cell[] => {
    const one = attested?.assets.find((candidate) => candidate.asset === asset);
    const debt = taken.debts?.[column]?.amount;
    return [
      { text: asset },
      { text: amountText(amount, decimals) },
      ...(hasDebts ? [{ text: debt === undefined ? "" : amountText(debt, decimals) }] : []),
      { text: one === undefined ? "" : amountText(one.reserves, decimals) },
      { text: one === undefined ? "" : `${one.haircutBasisPoints / 100} %` },
      { text: one === undefined ? "" : amountText(one.countedReserves, decimals) },
      one === undefined
        ? { text: "" }
        : one.isCovered
          ? { text: "yes", tone: "good" }
          : { text: "no", tone: "bad" },
    ];
  });
  const share = hasDebts ? 0.175 : 0.23;
  writer.table(
    [
      { title: "Asset", share: 0.12 },
      { title: "Customers own", share, isNumber: true },
      ...(hasDebts ? [{ title: "Customers owe", share, isNumber: true }] : []),
      { title: "Held", share, isNumber: true },
      { title: "Haircut", share: hasDebts ? 0.085 : 0.09, isNumber: true },
      { title: "Counted", share, isNumber: true },
      { title: "Covered", share: hasDebts ? 0.095 : 0.1, isNumber: true },
    ],
    rows,
  );
  if (attested !== null)
    writer.paragraph(
      `At the snapshot's prices, for information only: liabilities of ${attested.liabilitiesValue} ${attested.quote}, reserves after haircut of ${attested.countedReservesValue} ${attested.quote}.`,
      { isFaint: true },
    );
}

function record({ snapshot: { record: taken, recordHash, signature } }: AuditReport, writer: PageWriter) {
  writer.heading("Signed record");
  const heights = Object.entries(taken.blockHeights).map(([chain, height]) => `${chain} at ${height}`);
  writer.fields([
    ["Snapshot", String(taken.number)],
    ["Taken", timeText(taken.timeMs)],
    ["Tree", `${taken.scheme}, ${taken.hash}, depth ${taken.depth}`],
    ["Blocks", heights.length === 0 ? "none" : heights.join(", ")],
    ["Snapshot id", taken.snapshotId, true],
    ["Root", taken.root, true],
    ["Root record", taken.rootRecordHash, true],
    ["Asset list", taken.assetListHash, true],
    ["Prices", taken.priceSetHash ?? "none", taken.priceSetHash !== null],
    ["Previous record", taken.previousRecordHash, true],
    ["This record", recordHash, true],
    ["Signature", signature, true],
  ]);
}

function publication({ snapshot, logHead, records, log }: AuditReport, writer: PageWriter) {
  writer.heading("Publication and keys");
  const { logIndex, anchor } = snapshot;
  writer.fields([
    ["Position in the log", logIndex === null ? "not yet in the log" : `entry ${logIndex}`],
    ...(logHead === null
      ? []
      : ([
          ["Log head", `${logHead.size} entries, ${timeText(logHead.timeMs)}`],
          ["Log root", logHead.root, true],
        ] as const)),
    [
      "Anchored on-chain",
      anchor === null ? "not anchored" : `chain ${anchor.chainId}, block ${anchor.blockNumber}`,
    ],
    ...(anchor === null ? [] : ([["Transaction", anchor.transactionHash, true]] as const)),
    ["Record key", `${records.algorithm} ${records.publicKey}`, true],
    ["Log key", `${log.algorithm} ${log.publicKey}`, true],
    ["Log name", log.name],
  ]);
}

function attestation({ attestation: attested }: AuditReport, writer: PageWriter) {
  if (attested === null) return;
  writer.heading("What it proves and does not prove");
  writer.paragraph(
    `Attestation ${attested.id}${attested.logIndex === null ? "" : `, entry ${attested.logIndex} of the log`}. ${attested.readings.map(readingText).join(" ")}`,
    { isFaint: true },
  );
  const list = (title: string, meanings: readonly Meaning[], mark: string): void => {
    writer.paragraph(title, { leads: true });
    for (const { meaning } of meanings) writer.paragraph(`${meaning}.`, { mark });
  };
  list("It proves:", attested.proved, "+");
  list("It does not prove:", attested.notProved, "-");
}

type Reading = NonNullable<AuditReport["attestation"]>["readings"][number];

function readingText(reading: Reading): string {
  return reading.source === "statement"
    ? `Balances on ${reading.chain} were reported by ${reading.by}.`
    : `Balances on ${reading.chain} were read from ${reading.nodeCount} nodes, with a quorum of ${reading.quorum}.`;
}

function incidents({ openIncidents, snapshot: { record: taken } }: AuditReport, writer: PageWriter) {
  writer.heading("Open incidents");
  if (openIncidents.length === 0) return writer.paragraph("None.");
  const decimals = new Map(taken.totals.map((total) => [total.asset, total.decimals]));
  const figure = (text: string, asset: string | null): string => {
    const places = decimals.get(asset ?? "");
    return places === undefined || !/^-?\d+$/.test(text) ? text : amountText(text, places);
  };
  writer.table(
    [
      { title: "What", share: 0.34 },
      { title: "Severity", share: 0.11 },
      { title: "Asset", share: 0.1 },
      { title: "Expected", share: 0.225, isNumber: true },
      { title: "Got", share: 0.225, isNumber: true },
    ],
    openIncidents.map(({ kind, severity, asset, expected, got }): Cell[] => [
      { text: kind },
      severity === "critical" ? { text: severity, tone: "bad" } : { text: severity },
      { text: asset ?? "" },
      { text: figure(expected, asset) },
      { text: figure(got, asset) },
    ]),
  );
}

function verification({ snapshot: { record: taken } }: AuditReport, writer: PageWriter) {
  writer.heading("How to verify it");
  writer.paragraph(
    "A customer requests the proof file from the custodian and verifies it offline. The printed root record must equal the one above, and the balances must be the customer's.",
    { mark: "1." },
  );
  writer.code("trellis reserves verify proof.json");
  writer.paragraph(
    "Anyone can verify that the record is in the public log, and that the current log extends an earlier saved head. The keys above must equal the keys saved earlier.",
    { mark: "2." },
  );
  writer.code(`trellis reserves log inclusion --snapshot ${taken.number}`);
  writer.code("trellis reserves log consistency head");
  writer.paragraph(
    "An auditor requests the export of the snapshot and verifies it offline. The export contains every balance with its proof, the attestation and the proofs of ownership.",
    { mark: "3." },
  );
  writer.code(`trellis reserves audit --snapshot ${taken.number} --out audit.jsonl`);
  writer.code("trellis reserves verify audit.jsonl");
}
