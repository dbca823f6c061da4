import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Publications } from "../anchoring/index.ts";
import {
  type Attestations,
  type AttestationView,
  newestAttestation,
  verifyAttestation,
} from "../attestation/index.ts";
import { byAnyKey, type PublishedKey, type PublishedKeys, type SignedHeads } from "../log/index.ts";
import type { Incidents, IncidentView } from "../reconciliation/index.ts";
import { hashRecord, type SnapshotRecord, type Snapshots } from "../snapshots/index.ts";
import type { AuditReport, ReportedAttestation, ReportedIncident } from "./AuditReport.ts";

export interface ReportPorts {
  readonly snapshots: Pick<Snapshots, "record">;
  readonly publications: Publications;
  readonly log: SignedHeads;
  readonly attestations: Attestations;
  readonly incidents: Incidents;
  readonly published: PublishedKeys;
}

const PAGE = 200;

/** @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, errors of verifyAttestation */
export async function createReport(number: number, ports: ReportPorts): Promise<AuditReport> {
  const { snapshots, publications, log, attestations, incidents, published } = ports;
  const { record, bytes, signature } = await snapshots.record(number);
  const { logIndex, anchor } = await publications.of(number);
  const head = await log.head();
  const newest = await newestAttestation(record, attestations);
  const { custodian, records, log: logKey } = published;
  return {
    type: "trellis-reserves-report",
    version: 1,
    custodian,
    records,
    log: logKey,
    snapshot: {
      record,
      recordHash: hashRecord(bytes),
      signature: Buffer.from(signature).toString("base64"),
      logIndex: logIndex ?? null,
      anchor: anchor ?? null,
    },
    logHead: head === undefined ? null : { ...head, root: bytesToHex(head.root) },
    attestation: newest === undefined ? null : await attestationOf(newest, record, attestations, published),
    openIncidents: await openOnes(incidents),
  };
}

async function attestationOf(
  { id, logIndex }: AttestationView,
  record: SnapshotRecord,
  attestations: Attestations,
  { custodian, log }: PublishedKeys,
): Promise<ReportedAttestation> {
  const headKeyOf = ({ publicKey }: PublishedKey) =>
    ({ name: log.name, algorithm: "ed25519", publicKey: hexToBytes(publicKey) }) as const;
  const keys = [log, ...(log.others ?? [])].map(headKeyOf);
  const text = (await attestations.signed(id)) ?? "";
  const { attestation, proved, notProved } = byAnyKey(keys, (key) =>
    verifyAttestation(text, { custodian, keys: [key], record }),
  );
  const { timeMs, isCovered, assets, readings, quote, prices, liabilitiesValue, countedReservesValue } =
    attestation;
  return {
    id,
    logIndex: logIndex ?? null,
    timeMs,
    isCovered,
    assets,
    readings,
    quote,
    prices,
    liabilitiesValue,
    countedReservesValue,
    proved,
    notProved,
  };
}

async function openOnes(incidents: Incidents): Promise<ReportedIncident[]> {
  const open: ReportedIncident[] = [];
  for (let before: string | undefined; ; ) {
    const page = await incidents.list({ isOpen: true }, before, PAGE);
    open.push(...page.map(reported));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return open;
    before = last.id;
  }
}

function reported({ id, kind, severity, asset, expected, got, difference, openedAtMs }: IncidentView) {
  return { id, kind, severity, asset: asset ?? null, expected, got, difference, openedAtMs };
}
