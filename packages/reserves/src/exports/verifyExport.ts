import { createHash } from "node:crypto";
import { type Facts, type Hex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import {
  type AttestationVerdict,
  attestationErrors,
  verifyAttestation,
  verifyEvidence,
} from "../attestation/index.ts";
import {
  canonicalBytes,
  canonicalJson,
  isJsonObject,
  type JsonObject,
  parseCanonicalBytes,
} from "../canonical/index.ts";
import { type ProvedCustomer, proofFromJson, verifyProof } from "../liabilities/verify/index.ts";
import { byAnyKey } from "../log/byAnyKey.ts";
import { encodeEntry, type HeadKey, leafHash, verifyHead, verifyInclusion } from "../log/index.ts";
import { isExportSignedBy, type SnapshotRecord, verifyRecord } from "../snapshots/index.ts";
import { type ExportLine, LINE_BYTES_MAX, type LineType, lineSchemas } from "./ExportLine.ts";
import { exportsErrors } from "./errors.ts";

/** Trusted values. The file's own keys are used for omitted ones. */
export interface ExportTrust {
  readonly recordKey?: Hex;
  readonly logKey?: Hex;
  /** `rootRecordHash` of the published record. */
  readonly recordHash?: Hex;
}

export interface ExportVerdict {
  readonly custodian: string;
  readonly record: SnapshotRecord;
  readonly rows: "all" | "own";
  readonly recordKey: Hex;
  readonly logKey: Hex;
  readonly logIndex: number | undefined;
  readonly customerCount: number;
  readonly omittedCount: number | undefined;
  readonly attestation: AttestationVerdict | undefined;
  /** Excludes contract wallets, which need nodes. */
  readonly signedAddresses: number;
  readonly uncheckedContracts: number;
}

/**
 * Works offline; sums must match. @param heard called for each proved customer
 * @throws EXPORT_REFUSED, codes of all verifications
 */
export async function verifyExport(
  chunks: AsyncIterable<Uint8Array>,
  trust: ExportTrust = {},
  heard: (leaf: ProvedCustomer) => void = () => {},
): Promise<ExportVerdict> {
  const lines = readLines(chunks);
  const header = await take(lines, "header");
  const recordKey = agreed(header.records.publicKey as Hex, trust.recordKey, "record key");
  const logKey = agreed(header.log.publicKey as Hex, trust.logKey, "log key");
  const record = recordOf(await take(lines, "record"), header, recordKey);
  agreed(record.rootRecordHash, trust.recordHash, "root record");
  const headKey: HeadKey = { name: header.log.name, algorithm: "ed25519", publicKey: hexToBytes(logKey) };

  const proved = new ProvedCustomers(record, heard);
  let logIndex: number | undefined;
  let attested: Attested = NOT_ATTESTED;
  for (;;) {
    const { type, value, place } = await next(lines);
    if (type === "logged" && place === 3) {
      const logged = lineOf("logged", value, place);
      verifyLogged(logged, record, { origin: header.log.origin, logKeys: [headKey] });
      logIndex = logged.index;
    } else if (type === "attestation" && place <= 4 && attested === NOT_ATTESTED && proved.count === 0) {
      attested = await verifyAttested(lineOf("attestation", value, place), record, header, headKey);
    } else if (type === "customers") {
      proved.add(lineOf("customers", value, place), place);
    } else if (type === "end") {
      const end = lineOf("end", value, place);
      checkEnd(end, { header, proved, digest: lines.digestBefore(), place, recordKey });
      await lines.expectEnd();
      return {
        custodian: header.custodian,
        record,
        rows: header.rows,
        recordKey,
        logKey,
        logIndex,
        customerCount: proved.count,
        omittedCount: end.omitted?.customerCount,
        ...attested,
      };
    } else
      throw exportsErrors.EXPORT_REFUSED({
        reason: "malformed",
        line: place,
        type: String(type).slice(0, 32),
      });
  }
}

type Attested = Pick<ExportVerdict, "attestation" | "signedAddresses" | "uncheckedContracts">;
const NOT_ATTESTED: Attested = { attestation: undefined, signedAddresses: 0, uncheckedContracts: 0 };

function agreed(got: Hex, expected: Hex | undefined, what: string): Hex {
  if (expected !== undefined && got !== expected)
    throw refused("for another custodian, snapshot, record or key", { what, got, expected });
  return got;
}

function recordOf(
  line: ExportLine<"record">,
  { snapshot: expected, records }: ExportLine<"header">,
  key: Hex,
): SnapshotRecord {
  const [bytes, signature] = [fromBase64(line.encoded), fromBase64(line.signature)];
  const keys = [key, ...(records.others ?? []).map(({ publicKey }) => publicKey as Hex)];
  const record = byAnyKey(keys, (one) => verifyRecord({ bytes, signature }, hexToBytes(one)));
  if (record.number !== expected)
    throw refused("for another custodian, snapshot, record or key", {
      what: "snapshot",
      got: record.number,
      expected,
    });
  return record;
}

function verifyLogged(
  { index, head, hashes }: ExportLine<"logged">,
  record: SnapshotRecord,
  trust: Parameters<typeof verifyHead>[1],
): void {
  const { size, root } = verifyHead(head, trust);
  const entry = encodeEntry({ type: "root-record", body: record as unknown as JsonObject });
  const proof = hashes.map((hash) => hexToBytes(hash as Hex));
  verifyInclusion({ leafHash: leafHash(entry), index, size, root, proof });
}

async function verifyAttested(
  { signed, claims }: ExportLine<"attestation">,
  record: SnapshotRecord,
  { custodian, rows, log }: ExportLine<"header">,
  key: HeadKey,
): Promise<Attested> {
  const others = (log.others ?? []).map(({ publicKey }) => ({
    ...key,
    publicKey: hexToBytes(publicKey as Hex),
  }));
  const verdict = byAnyKey([key, ...others], (one) =>
    verifyAttestation(signed, { custodian, keys: [one], record }),
  );
  const { attestation } = verdict;
  if (claims === null && rows === "all")
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "an address has no signed claim", rows });
  const holdings = attestation.holdings.filter(({ method }) => method !== "eip1271");
  const owned = claims === null ? [] : await verifyEvidence({ custodian, holdings }, record, claims);
  const contracts = attestation.holdings.filter(({ method }) => method === "eip1271");
  const uncheckedContracts = new Set(contracts.map(({ chain, address }) => `${chain} ${address}`)).size;
  return { attestation: verdict, signedAddresses: owned.length, uncheckedContracts };
}

class ProvedCustomers {
  readonly #record: SnapshotRecord;
  readonly #heard: (leaf: ProvedCustomer) => void;
  readonly #customers = new Set<string>();
  readonly equity: bigint[];
  readonly debt: bigint[];

  constructor(record: SnapshotRecord, heard: (leaf: ProvedCustomer) => void) {
    this.#record = record;
    this.#heard = heard;
    this.equity = record.totals.map(() => 0n);
    this.debt = (record.debts ?? []).map(() => 0n);
  }

  get count(): number {
    return this.#customers.size;
  }

  get totals(): { readonly equity: readonly bigint[]; readonly debt: readonly bigint[] } {
    const { totals, debts = [] } = this.#record;
    const amounts = (list: SnapshotRecord["totals"]) => list.map(({ amount }) => BigInt(amount));
    return { equity: amounts(totals), debt: amounts(debts) };
  }

  add(line: ExportLine<"customers">, place: number): void {
    const verdict = verifyProof(readProof(line, place), {
      recordHash: hexToBytes(this.#record.rootRecordHash),
    });
    if (!verdict.isValid)
      throw refused("a line does not prove its balances", {
        line: place,
        refusal: verdict.code,
        detail: verdict.error.facts.reason,
      });
    for (const leaf of verdict.customers) {
      if (this.#customers.has(leaf.customerId)) throw refused("duplicate customer", { line: place });
      this.#customers.add(leaf.customerId);
      for (const column of this.equity.keys()) this.equity[column]! += leaf.equity[column] ?? 0n;
      for (const column of this.debt.keys()) this.debt[column]! += leaf.debt[column] ?? 0n;
      this.#heard(leaf);
    }
  }
}

function readProof({ proof }: ExportLine<"customers">, line: number) {
  try {
    return proofFromJson(canonicalJson(proof as JsonObject));
  } catch (cause) {
    const refusal = isTrellisError(cause) ? cause.code : "UNKNOWN";
    throw refused("a line does not prove its balances", { line, refusal }, cause);
  }
}

interface Ending {
  readonly header: ExportLine<"header">;
  readonly proved: ProvedCustomers;
  readonly digest: Hex;
  readonly place: number;
  readonly recordKey: Hex;
}

function checkEnd(end: ExportLine<"end">, { header, proved, digest, place, recordKey }: Ending): void {
  const { signature, ...unsigned } = end;
  const message = canonicalBytes(unsigned as unknown as JsonObject);
  if (!isExportSignedBy(hexToBytes(recordKey), message, fromBase64(signature)))
    throw refused("the custodian did not sign this end", { what: "signature" });
  if (end.sha256 !== digest || end.lineCount !== place)
    throw refused("the custodian did not sign this end", {
      what: "lines",
      lines: place,
      signed: end.lineCount,
    });
  const isWhole = header.rows === "all";
  if (isWhole !== (end.omitted !== null) || (!isWhole && proved.count !== 1))
    throw refused("the balances do not add up to the totals at the end", {
      what: "rows",
      customers: proved.count,
    });
  if (end.customerCount !== proved.count)
    throw refused("the balances do not add up to the totals at the end", {
      what: "customers",
      got: proved.count,
      said: end.customerCount,
    });
  for (const side of ["equity", "debt"] as const) {
    const sums = proved[side];
    if (!areSame(end[side], sums))
      throw refused("the balances do not add up to the totals at the end", { what: `listed ${side}` });
    if (end.omitted === null) continue;
    const left = proved.totals[side].map((total, column) => total - sums[column]!);
    if (!areSame(end.omitted[side], left))
      throw refused("the balances do not add up to the totals at the end", { what: `omitted ${side}` });
  }
}

function areSame(said: readonly string[], computed: readonly bigint[]): boolean {
  return (
    said.length === computed.length && said.every((amount, column) => BigInt(amount) === computed[column])
  );
}

interface ReadLine {
  readonly type: unknown;
  readonly value: JsonObject;
  readonly place: number;
}

async function next(lines: LineReader): Promise<ReadLine> {
  const line = await lines.next();
  if (line === undefined)
    throw exportsErrors.EXPORT_REFUSED({ reason: "file ends before its last line", lines: lines.place });
  return line;
}

async function take<Type extends LineType>(lines: LineReader, type: Type): Promise<ExportLine<Type>> {
  const { value, place } = await next(lines);
  return lineOf(type, value, place);
}

function lineOf<Type extends LineType>(type: Type, value: JsonObject, place: number): ExportLine<Type> {
  const result = lineSchemas[type].safeParse(value);
  if (result.success) return result.data as ExportLine<Type>;
  const at = result.error.issues[0]?.path.join(".") ?? "";
  throw exportsErrors.EXPORT_REFUSED({ reason: "malformed", line: place, type, at });
}

interface LineReader {
  readonly place: number;
  next(): Promise<ReadLine | undefined>;
  digestBefore(): Hex;
  expectEnd(): Promise<void>;
}

const LINE_FEED = 0x0a;

function readLines(chunks: AsyncIterable<Uint8Array>): LineReader {
  const source = chunks[Symbol.asyncIterator]();
  const sha256 = createHash("sha256");
  let rest = Buffer.alloc(0);
  let before = "";
  let place = 0;

  async function take(): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let size = 0;
    for (let chunk = rest; ; ) {
      const end = chunk.indexOf(LINE_FEED);
      if (end >= 0) {
        rest = chunk.subarray(end + 1);
        return Buffer.concat([...parts, chunk.subarray(0, end + 1)]);
      }
      parts.push(chunk);
      size += chunk.length;
      if (size > LINE_BYTES_MAX)
        throw exportsErrors.EXPORT_REFUSED({
          reason: "malformed",
          line: place + 1,
          bytesMax: LINE_BYTES_MAX,
        });
      const { value, done } = await source.next();
      if (done === true) {
        rest = Buffer.alloc(0);
        if (size > 0)
          throw exportsErrors.EXPORT_REFUSED({ reason: "file ends before its last line", lines: place });
        return undefined;
      }
      chunk = Buffer.from(value);
    }
  }

  return {
    get place() {
      return place;
    },
    async next() {
      const bytes = await take();
      if (bytes === undefined) return undefined;
      before = sha256.copy().digest("hex");
      sha256.update(bytes);
      place += 1;
      const value = parsed(bytes.subarray(0, -1), place);
      return { type: value.type, value, place };
    },
    digestBefore: () => `0x${before}`,
    async expectEnd() {
      if (rest.length > 0 || (await source.next()).done !== true)
        throw exportsErrors.EXPORT_REFUSED({
          reason: "malformed",
          line: place + 1,
          what: "data after the end",
        });
    },
  };
}

function parsed(bytes: Uint8Array, line: number): JsonObject {
  try {
    const value = parseCanonicalBytes(bytes);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw exportsErrors.EXPORT_REFUSED({ reason: "malformed", line, size: bytes.length }, cause);
  }
  throw exportsErrors.EXPORT_REFUSED({ reason: "malformed", line, expected: "an object" });
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function refused(reason: string, facts: Facts = {}, cause?: unknown): TrellisError {
  return exportsErrors.EXPORT_REFUSED({ reason, ...facts }, cause);
}
