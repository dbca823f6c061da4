import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { bytesToHex, type Hex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { EXPORT_FORMAT, verifyExport } from "@trellis/reserves/exports";
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
import { print, publicClient } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

/**
 * Compares a proof with `--record`, or with the record published at `--url`; with only `--offline`, verifies
 * self-consistency.
 */
export async function verify(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [file = ""] = settings.operands;
  const refused = ({ code, message }: TrellisError, level: number | null): void => {
    if (settings.json) print({ isValid: false, code, level, reason: message }, settings, io);
  };
  if (isExport(file)) {
    const verified = await verifiedExport(file, settings).catch((error: unknown) => {
      if (isTrellisError(error)) refused(error, null);
      throw error;
    });
    const shown = { ...verified, totals: verified.totals.map(amountOf), debts: verified.debts.map(amountOf) };
    return print(settings.json ? verified : shown, settings, io);
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
  /** Null if offline. */
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
  const snapshotId = bytesToHex(record.snapshotId);
  try {
    const { number, rootRecordHash } = await publishedRecord(snapshotId, settings);
    return { recordHash: rootRecordHash, comparedWith: "published", snapshot: number };
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

interface SignedAnswer {
  readonly encoded: string;
  readonly signature: string;
}

/** Verifies the record's signature by `--record-key` or the published key. */
async function publishedRecord(snapshotId: Hex, settings: ReservesSettings): Promise<SnapshotRecord> {
  const client = publicClient(settings);
  const { encoded, signature } = await client.get<SignedAnswer>(`/v1/records/${snapshotId}`);
  const key = settings.recordKey === "" ? await publishedKey(settings) : settings.recordKey;
  const record = verifyRecord(
    { bytes: fromBase64(encoded), signature: fromBase64(signature) },
    hexToBytes(key),
  );
  if (record.snapshotId !== snapshotId)
    throw liabilitiesErrors.PROOF_MISMATCH({
      reason: "for another snapshot",
      got: record.snapshotId,
      expected: snapshotId,
    });
  return record;
}

async function publishedKey(settings: ReservesSettings): Promise<string> {
  const { records } = await publicClient(settings).get<{ records: { publicKey: string } }>(
    "/.well-known/trellis-reserves.json",
  );
  return records.publicKey;
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

function isExport(file: string): boolean {
  try {
    const handle = openSync(file, "r");
    const beginning = Buffer.alloc(1_024);
    readSync(handle, beginning);
    closeSync(handle);
    return beginning.includes(`"format":"${EXPORT_FORMAT}"`);
  } catch (error) {
    throw unreadable(file, error);
  }
}

interface Amounts {
  readonly totals: SnapshotRecord["totals"];
  readonly debts: SnapshotRecord["totals"];
}

/** The asset id is untrusted, so it is printed as JSON. */
export function amountOf({ asset, amount, decimals }: SnapshotRecord["totals"][number]): string {
  return `${amountText(amount, decimals)} ${JSON.stringify(asset)}`;
}

/** Returns values that the user did not supply. */
async function verifiedExport(
  file: string,
  { record: expected, customer, recordKey, logKey }: ReservesSettings,
): Promise<Record<string, unknown> & Amounts> {
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
  return {
    isValid: true,
    ...verdict,
    snapshot: record.number,
    snapshotId: record.snapshotId,
    rootRecordHash: record.rootRecordHash,
    totals: record.totals,
    debts: record.debts ?? [],
    comparedWith: expected === "" ? "nothing" : "--record",
    isCovered: attestation === undefined ? null : attestation.attestation.isCovered,
    proved: attestation?.proved.map(({ statement }) => statement) ?? [],
    notProved: attestation?.notProved.map(({ statement }) => statement) ?? [],
  };
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
