import { createHash } from "node:crypto";
import { bytesToHex } from "@trellis/base";
import type { Publications } from "../anchoring/index.ts";
import { type Attestations, newestAttestation } from "../attestation/index.ts";
import { canonicalBytes, canonicalJson, type JsonObject } from "../canonical/index.ts";
import { type Ledger, ledgerErrors } from "../ledger/index.ts";
import { amountsFromSums, type ProofFile, proofToJson } from "../liabilities/verify/index.ts";
import type { PublishedKeys, PublishedKeyWithOthers, SignedHeads, TransparencyLog } from "../log/index.ts";
import type { SignedRecord, SnapshotRecord, Snapshots } from "../snapshots/index.ts";
import { EXPORT_FORMAT, type UnsignedEnd } from "./ExportLine.ts";

export interface ExportPorts {
  readonly ledger: Pick<Ledger, "balancesAt" | "customer">;
  readonly snapshots: Pick<Snapshots, "record" | "prove" | "signExport" | "recordKeyOf">;
  readonly publications: Publications;
  readonly log: SignedHeads & Pick<TransparencyLog, "inclusionProof">;
  readonly attestations: Attestations;
  readonly published: PublishedKeys;
}

/** Customers per line, because their proofs share nodes. */
const PROVED_AT_ONCE = 500;

/**
 * Omits erased customers; the last line contains their sums. @param own the only visible customer
 * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, SNAPSHOT_TREE_REMOVED, CUSTOMER_UNKNOWN,
 * LEDGER_CUSTOMER_ERASED, before the first line
 */
export async function createExport(
  number: number,
  own: string | undefined,
  ports: ExportPorts,
): Promise<AsyncIterable<Uint8Array>> {
  if (own !== undefined && (await ports.ledger.customer(own)).isErased)
    throw ledgerErrors.LEDGER_CUSTOMER_ERASED({ customer: own });
  const signed = await ports.snapshots.record(number);
  const lines = exportLines(signed, own, ports);
  const begun: Uint8Array[] = [];
  // Errors must occur before the response starts.
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    begun.push(next.value.bytes);
    if (next.value.isProof) break;
  }
  return (async function* () {
    yield* begun;
    for await (const { bytes } of lines) yield bytes;
  })();
}

interface WrittenLine {
  readonly bytes: Uint8Array;
  readonly isProof: boolean;
}

async function* exportLines(
  signed: SignedRecord,
  own: string | undefined,
  ports: ExportPorts,
): AsyncGenerator<WrittenLine> {
  const sha256 = createHash("sha256");
  let lineCount = 0;
  const written = (line: object, isProof = false): WrittenLine => {
    const bytes = new TextEncoder().encode(`${canonicalJson(line as JsonObject)}\n`);
    sha256.update(bytes);
    lineCount += 1;
    return { bytes, isProof };
  };
  const { record } = signed;
  yield written(headerOf(signed, own, ports));
  const { bytes, signature } = signed;
  yield written({ type: "record", encoded: base64(bytes), signature: base64(signature) });
  const logged = await loggedOf(record.number, ports);
  if (logged !== undefined) yield written(logged);
  const attestation = await attestationOf(record, own === undefined, ports);
  if (attestation !== undefined) yield written(attestation);

  const sums = new ListedSums(record.totals.length, record.debts?.length ?? 0);
  for await (const customers of batches(record, own, sums, ports)) {
    const proof = await ports.snapshots.prove(record.number, customers);
    yield written({ type: "customers", proof: JSON.parse(proofToJson(proof)) }, true);
    sums.list(proof);
  }
  const digest = bytesToHex(sha256.copy().digest());
  const end: UnsignedEnd = {
    type: "end",
    lineCount: lineCount + 1,
    sha256: digest,
    customerCount: sums.customerCount,
    ...sums.listed(),
    omitted: own === undefined ? sums.omitted() : null,
  };
  const endSignature = await ports.snapshots.signExport(canonicalBytes(end as unknown as JsonObject), signed);
  yield written({ ...end, signature: base64(endSignature) });
}

function headerOf(
  signed: SignedRecord,
  own: string | undefined,
  { published, snapshots }: ExportPorts,
): object {
  const { record } = signed;
  const { custodian, records, log } = published;
  return {
    type: "header",
    format: EXPORT_FORMAT,
    version: 1,
    custodian,
    snapshot: record.number,
    rows: own === undefined ? "all" : "own",
    records: {
      algorithm: records.algorithm,
      publicKey: bytesToHex(snapshots.recordKeyOf(signed)),
      ...othersOf(records),
    },
    log: {
      origin: log.origin,
      name: log.name,
      algorithm: log.algorithm,
      publicKey: log.publicKey,
      ...othersOf(log),
    },
  };
}

function othersOf({ others = [] }: PublishedKeyWithOthers): object {
  const shown = others.map(({ algorithm, publicKey }) => ({ algorithm, publicKey }));
  return shown.length === 0 ? {} : { others: shown };
}

/** Undefined until the newest head includes the record. */
async function loggedOf(number: number, { publications, log }: ExportPorts): Promise<object | undefined> {
  const [{ logIndex: index }, head] = [await publications.of(number), await log.head()];
  if (index === undefined || head === undefined || index >= head.size) return undefined;
  const hashes = await log.inclusionProof(index, head.size);
  return { type: "logged", index, head: head.note, hashes: hashes.map((hash) => bytesToHex(hash)) };
}

async function attestationOf(
  record: SnapshotRecord,
  seesClaims: boolean,
  { attestations }: ExportPorts,
): Promise<object | undefined> {
  const found = await newestAttestation(record, attestations);
  const signed = found && (await attestations.signed(found.id));
  if (found === undefined || signed === undefined) return undefined;
  const claims = seesClaims ? ((await attestations.evidence(found.id)) ?? []) : null;
  return { type: "attestation", signed, claims };
}

async function* batches(
  { ledgerPosition, totals }: SnapshotRecord,
  own: string | undefined,
  sums: ListedSums,
  { ledger }: ExportPorts,
): AsyncGenerator<string[]> {
  if (own !== undefined) return yield [own];
  let batch: string[] = [];
  const balances = ledger.balancesAt(
    BigInt(ledgerPosition),
    totals.map(({ asset }) => asset),
  );
  for await (const { customer, amounts, debts, sealedKey } of balances) {
    if (sealedKey === undefined) {
      sums.omit(amounts, debts);
      continue;
    }
    batch.push(customer);
    if (batch.length < PROVED_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

class ListedSums {
  customerCount = 0;
  #omittedCount = 0;
  readonly #equity: bigint[];
  readonly #debt: bigint[];
  readonly #omittedEquity: bigint[];
  readonly #omittedDebt: bigint[];

  constructor(equityCount: number, debtCount: number) {
    const zeros = (count: number) => Array.from({ length: count }, () => 0n);
    [this.#equity, this.#omittedEquity] = [zeros(equityCount), zeros(equityCount)];
    [this.#debt, this.#omittedDebt] = [zeros(debtCount), zeros(debtCount)];
  }

  list({ leaves, assets: { assets } }: ProofFile): void {
    this.customerCount += new Set(leaves.map(({ customerId }) => customerId)).size;
    for (const leaf of leaves) {
      const amounts = amountsFromSums(leaf.sums);
      add(this.#equity, amounts);
      add(this.#debt, amounts.slice(assets.length));
    }
  }

  omit(equity: readonly bigint[], debt: readonly bigint[]): void {
    this.#omittedCount += 1;
    add(this.#omittedEquity, equity);
    add(this.#omittedDebt, debt);
  }

  listed() {
    return { equity: this.#equity.map(String), debt: this.#debt.map(String) };
  }

  omitted() {
    const [equity, debt] = [this.#omittedEquity.map(String), this.#omittedDebt.map(String)];
    return { customerCount: this.#omittedCount, equity, debt };
  }
}

function add(sums: bigint[], amounts: readonly bigint[]): void {
  for (const column of sums.keys()) sums[column]! += amounts[column] ?? 0n;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
