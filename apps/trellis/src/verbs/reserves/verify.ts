import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { bytesToHex, type Hex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { attestationErrors } from "@trellis/reserves/attestation/verify";
import { EXPORT_FORMAT, verifyExport } from "@trellis/reserves/exports";
import { byAnyKey, type PublishedKeys } from "@trellis/reserves/log";
import { type SnapshotRecord, verifyRecord } from "@trellis/reserves/snapshots";
import {
  amountText,
  decodeEither,
  type Expectation,
  liabilitiesErrors,
  type ProofFile,
  verdictFacts,
  verdictText,
  verifyProof,
} from "@trellis/reserves/verify";
import { trellisErrors } from "../../errors.ts";
import { ATTESTATION_START, attestationFacts, snapshotIn, verifySigned } from "./attestation.ts";
import { print, publicClient } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

/**
 * Compares a proof with `--record`, or with the record published at `--url`; with only `--offline`, verifies
 * self-consistency. Also verifies audit files and signed attestations.
 */
export async function verify(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [file = ""] = settings.operands;
  const refused = ({ code, message }: TrellisError, level: number | null): void => {
    if (settings.json) print({ isValid: false, code, level, reason: message }, settings, io);
  };
  const verifyOther = otherKind(file);
  if (verifyOther !== undefined) {
    const verified = await verifyOther(file, settings).catch((error: unknown) => {
      if (isTrellisError(error) && !NO_VERDICT.has(error.code)) refused(error, null);
      throw error;
    });
    return print(verified, settings, io);
  }
  const refuse = (error: TrellisError): TrellisError => {
    const { level } = error.facts;
    const known = typeof level === "number" ? level : null;
    refused(error, known);
    return trellisErrors.PROOF_REFUSED(
      { refusal: error.code, level: known ?? "none", reason: error.message },
      error,
    );
  };
  const proof = decoded(read(file), refuse);
  const known = await knownRecord(proof, settings, refuse);
  const verdict = verifyProof(proof, await expectationOf(known.recordHash, settings, io));
  if (!verdict.isValid) throw refuse(verdict.error);
  const facts = verdictFacts(verdict);
  const { comparedWith, snapshot } = known;
  if (settings.json) print({ ...facts, comparedWith, snapshot }, settings, io);
  else io.stdout.write(verdictText(facts, recordText(known)));
}

const NO_VERDICT: ReadonlySet<string> = new Set([
  "INPUT_INVALID",
  "RESERVES_RECORD_UNKNOWN",
  "SERVICE_REFUSED",
  "SERVICE_UNREACHABLE",
]);

function recordText({ comparedWith, snapshot }: KnownRecord): string | undefined {
  if (comparedWith === "nothing") return undefined;
  return comparedWith === "--record"
    ? "the record that you gave"
    : `the record that the service published for snapshot ${snapshot}`;
}

function decoded(bytes: Uint8Array, refuse: (error: TrellisError) => TrellisError): ProofFile {
  try {
    return decodeEither(bytes);
  } catch (error) {
    throw isTrellisError(error) ? refuse(error) : error;
  }
}

interface KnownRecord {
  readonly recordHash: string | undefined;
  readonly comparedWith: "--record" | "published" | "nothing";
  readonly snapshot: number | null;
}

async function knownRecord(
  { record }: ProofFile,
  settings: ReservesSettings,
  refuse: (error: TrellisError) => TrellisError,
): Promise<KnownRecord> {
  if (settings.record !== "")
    return { recordHash: settings.record, comparedWith: "--record", snapshot: null };
  if (settings.offline) return { recordHash: undefined, comparedWith: "nothing", snapshot: null };
  const { number, rootRecordHash } = await findRecord(bytesToHex(record.snapshotId), settings, refuse);
  return { recordHash: rootRecordHash, comparedWith: "published", snapshot: number };
}

async function findRecord(
  snapshotId: Hex,
  settings: ReservesSettings,
  refuse: (error: TrellisError) => TrellisError,
): Promise<PublishedRecord> {
  try {
    return await publishedRecord(snapshotId, settings);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    if (error.facts.refusal === "SNAPSHOT_UNKNOWN")
      throw refuse(
        liabilitiesErrors.PROOF_MISMATCH(
          { reason: "snapshot not published", snapshotId, url: settings.url },
          error,
        ),
      );
    if (error.code !== "SERVICE_UNREACHABLE") throw error;
    throw trellisErrors.RESERVES_RECORD_UNKNOWN({ url: settings.url, snapshotId }, error);
  }
}

type PublishedRecord = SnapshotRecord & { readonly recordKey: Hex };

interface SignedAnswer {
  readonly encoded: string;
  readonly signature: string;
}

async function publishedRecord(snapshotId: Hex, settings: ReservesSettings): Promise<PublishedRecord> {
  const client = publicClient(settings);
  const { encoded, signature } = await client.get<SignedAnswer>(`/v1/records/${snapshotId}`);
  const keys = settings.recordKey === "" ? await publishedKeys(settings) : [settings.recordKey as Hex];
  const signed = { bytes: fromBase64(encoded), signature: fromBase64(signature) };
  const record = byAnyKey(keys, (recordKey) => ({
    ...verifyRecord(signed, hexToBytes(recordKey)),
    recordKey,
  }));
  if (record.snapshotId !== snapshotId)
    throw liabilitiesErrors.PROOF_MISMATCH({
      reason: "for another snapshot",
      got: record.snapshotId,
      expected: snapshotId,
    });
  return record;
}

async function publishedKeys(settings: ReservesSettings): Promise<readonly Hex[]> {
  const { records } = await publicClient(settings).get<PublishedKeys>("/.well-known/trellis-reserves.json");
  return [records, ...(records.others ?? [])].map(({ publicKey }) => publicKey);
}

async function expectationOf(
  recordHash: string | undefined,
  { customer, customerKeyFrom }: ReservesSettings,
  io: ProcessIo,
): Promise<Expectation> {
  const key =
    customerKeyFrom === "" ? undefined : await readSecret(customerKeyFrom, "the customer's key", io);
  return {
    ...(recordHash === undefined ? {} : { recordHash: hexToBytes(recordHash) }),
    ...(customer === "" ? {} : { customerId: customer }),
    ...(key === undefined ? {} : { userKey: hexToBytes(key.startsWith("0x") ? key : `0x${key}`) }),
  };
}

type Verification = (file: string, settings: ReservesSettings) => Promise<Record<string, unknown>>;

function otherKind(file: string): Verification | undefined {
  try {
    const handle = openSync(file, "r");
    const beginning = Buffer.alloc(1_024);
    readSync(handle, beginning);
    closeSync(handle);
    if (beginning.includes(`"format":"${EXPORT_FORMAT}"`)) return verifiedExport;
    return beginning.toString("latin1").startsWith(ATTESTATION_START) ? verifiedAttestation : undefined;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The asset id is untrusted, so it is printed as JSON. */
export function amountOf({ asset, amount, decimals }: SnapshotRecord["totals"][number]): string {
  return `${amountText(amount, decimals)} ${JSON.stringify(asset)}`;
}

async function verifiedExport(file: string, settings: ReservesSettings): Promise<Record<string, unknown>> {
  const { record: expected, customer, recordKey, logKey, json } = settings;
  let isListed = false;
  const trust = {
    ...(recordKey === "" ? {} : { recordKey: recordKey as Hex }),
    ...(logKey === "" ? {} : { logKey: logKey as Hex }),
    ...(expected === "" ? {} : { recordHash: expected as Hex }),
  };
  const { record, attestation, ...verdict } = await verifyExport(createReadStream(file), trust, (leaf) => {
    isListed ||= leaf.customerId === customer;
  });
  if (customer !== "" && !isListed)
    throw liabilitiesErrors.PROOF_MISMATCH({
      reason: "for another customer",
      expected: customer,
      customers: verdict.customerCount,
    });
  const { totals, debts = [] } = record;
  return {
    isValid: true,
    ...verdict,
    snapshot: record.number,
    snapshotId: record.snapshotId,
    rootRecordHash: record.rootRecordHash,
    totals: json ? totals : totals.map(amountOf),
    debts: json ? debts : debts.map(amountOf),
    comparedWith: pinned(settings).join(", ") || "nothing",
    ...(attestation === undefined ? NOT_ATTESTED : attestationFacts(attestation, settings)),
  };
}

const NOT_ATTESTED = { isCovered: null, assets: [], readings: [], proved: [], notProved: [] };

/** Fetches the record, because the attestation contains only its hash. [ATT-2] */
async function verifiedAttestation(
  file: string,
  settings: ReservesSettings,
): Promise<Record<string, unknown>> {
  if (settings.offline)
    throw trellisErrors.INPUT_INVALID({
      what: "attestation with --offline",
      expected: "the service at --url, to compare the attestation with its record; an audit verifies offline",
    });
  const text = new TextDecoder().decode(read(file));
  const { recordKey, ...record } = await findRecord(snapshotIn(text), settings, (error) => error);
  const { number: snapshot, snapshotId, rootRecordHash } = record;
  if (settings.record !== "" && rootRecordHash !== settings.record)
    throw attestationErrors.ATTESTATION_REFUSED({
      reason: "does not match the custodian's snapshot record",
      field: "rootRecordHash",
      got: rootRecordHash,
      expected: settings.record,
    });
  const { verdict, logKey } = await verifySigned(text, record, publicClient(settings), settings);
  const { custodian, timeMs } = verdict.attestation;
  return {
    isValid: true,
    custodian,
    snapshot,
    snapshotId,
    rootRecordHash,
    timeMs,
    recordKey,
    logKey,
    comparedWith: ["published", ...pinned(settings)].join(", "),
    ...attestationFacts(verdict, settings),
  };
}

function pinned({ record, recordKey, logKey }: ReservesSettings): string[] {
  const values = { "--record": record, "--record-key": recordKey, "--log-key": logKey };
  return Object.entries(values).flatMap(([flag, value]) => (value === "" ? [] : [flag]));
}

function unreadable(file: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return trellisErrors.FILE_UNREADABLE({ what: "proof file", file, reason }, error);
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
