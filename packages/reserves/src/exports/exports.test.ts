import { hexToBytes } from "@trellis/base";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import { createEnvelope } from "@trellis/platform/secrets";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { challengeToText, type OwnershipClaim } from "../assets/index.ts";
import {
  type AttestationInput,
  createAttestation,
  hashPriceSet,
  signAttestation,
} from "../attestation/index.ts";
import { canonicalBytes, canonicalJson, type JsonObject } from "../canonical/index.ts";
import type { Ledger } from "../ledger/index.ts";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { doubledCustomer } from "../liabilities/testing/doubledCustomer.ts";
import { portableHashes } from "../liabilities/verify/hashes.ts";
import { proofToJson } from "../liabilities/verify/proofJson.ts";
import { hashRootRecord } from "../liabilities/verify/RootRecord.ts";
import { createHeadSigner, createTransparencyLog, publishHead, signHead } from "../log/index.ts";
import { createMemoryLogStore } from "../log/testing/createMemoryLogStore.ts";
import { createMemoryWitnessMemory } from "../log/testing/createMemoryWitnessMemory.ts";
import {
  type CustodianSigner,
  createCustodianSigner,
  decodeRecord,
  encodeRecord,
  openSnapshots,
  type SnapshotRecord,
  type Snapshots,
} from "../snapshots/index.ts";
import { recordMessage } from "../snapshots/signing.ts";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { createExport, type ExportPorts, verifyExport } from "./index.ts";

const CUSTODIAN = "exchange.example";
const signer = createCustodianSigner(new Uint8Array(32).fill(9));
const logSigner = createHeadSigner(CUSTODIAN, "ed25519", new Uint8Array(32).fill(7));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const hexOf = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}` as const;

const embedded = await embeddedDatabase();
let database: Database;
let ledger: Ledger;
let snapshots: Snapshots;
let ports: ExportPorts;
let whole: string;
let attested: AttestationInput;

const CHAIN = "eip155:1";
const HEIGHT = 24_000_000;
const PRICE_SET = {
  quote: "EUR",
  prices: ["BTC", "USD"].map((asset) => ({ asset, sources: [{ name: "a", price: "2", timeMs: 1 }] })),
};
const account = privateKeyToAccount(hexOf(new Uint8Array(32).fill(5)));
const address = account.address.toLowerCase();

function attestationInputOf({
  snapshotId,
  rootRecordHash,
  timeMs,
  totals,
}: SnapshotRecord): AttestationInput {
  return {
    custodian: CUSTODIAN,
    snapshotId,
    rootRecordHash,
    timeMs,
    ...PRICE_SET,
    liabilities: totals.map(({ amount, ...asset }) => ({
      ...asset,
      amount: BigInt(amount),
      haircutBasisPoints: 0,
    })),
    holdings: totals.map(({ asset, amount }, index) => ({
      asset,
      chain: CHAIN,
      address,
      token: index === 0 ? null : `0x${"22".repeat(20)}`,
      blockHeight: HEIGHT,
      blockHash: hexOf(new Uint8Array(32)),
      amount: BigInt(amount),
      method: "eip191",
    })),
    readings: [{ chain: CHAIN, source: "nodes", nodeCount: 3, quorum: 2 }],
  };
}

async function claimAt(blockHeight: number): Promise<OwnershipClaim> {
  const snapshotId = attested.snapshotId as `0x${string}`;
  const nonce = hexOf(new Uint8Array(32).fill(1));
  const place = { chain: CHAIN, address } as const;
  const challenge = challengeToText({ custodian: CUSTODIAN, snapshotId, blockHeight, nonce, ...place });
  return { challenge, method: "eip191", signature: await account.signMessage({ message: challenge }) };
}

beforeAll(async () => {
  database = openDatabase({ url: embedded }, SILENT);
  ledger = await testLedger(database, "exports");
  const envelope = createEnvelope([MASTER_KEY], SILENT.random);
  snapshots = await openSnapshots({
    ...SILENT,
    database,
    ledger,
    envelope,
    atRest: await testAtRest(database),
    signer,
  });
  await ledger.enter([
    draft({ amount: 100n }),
    draft({ customer: "bob", amount: 40n }),
    draft({ customer: "carol", asset: "USD", amount: 7n }),
    draft({ customer: "bob", kind: "interest", amount: 3n }),
  ]);
  const begun = await snapshots.begin({
    blockHeights: { [CHAIN]: HEIGHT },
    prices: { setHash: hashPriceSet(PRICE_SET), assets: ["BTC", "USD"] },
  });
  const { record } = await snapshots.build(begun);
  await ledger.eraseCustomerKey("carol");

  const log = createTransparencyLog({ store: createMemoryLogStore() });
  await log.append([{ type: "audit", body: {} }]);
  await log.append([{ type: "root-record", body: record as unknown as JsonObject }]);
  const memory = createMemoryWitnessMemory();
  const note = await publishHead(CUSTODIAN, { log, memory, signers: [logSigner], clock: SILENT.clock });
  const head = { size: 2, root: await log.root(2), timeMs: 1, note };
  attested = attestationInputOf(record);
  const signed = await signAttestation(createAttestation(attested), [logSigner]);
  const claims = [await claimAt(HEIGHT)];
  const view = { id: "1", snapshotId: record.snapshotId, timeMs: 1, isCovered: false, logIndex: 3 };
  ports = {
    ledger,
    snapshots,
    publications: { of: async () => ({ logIndex: 1, anchor: undefined }) },
    log: { ...log, head: async () => head },
    attestations: { list: async () => [view], signed: async () => signed, evidence: async () => claims },
    published: {
      custodian: CUSTODIAN,
      records: { algorithm: "ed25519", publicKey: hexOf(signer.publicKey) },
      log: {
        origin: CUSTODIAN,
        name: CUSTODIAN,
        algorithm: "ed25519",
        publicKey: hexOf(logSigner.key.publicKey),
      },
    },
  };
  whole = await exported(undefined);
});
afterAll(() => database.close());

async function exported(own: string | undefined, change: Partial<ExportPorts> = {}): Promise<string> {
  const chunks = await Array.fromAsync(await createExport(1, own, { ...ports, ...change }));
  return Buffer.concat(chunks).toString();
}

async function* piecesOf(text: string, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const textOf = (lines: readonly object[]): string =>
  lines.map((line) => `${canonicalJson(line as JsonObject)}\n`).join("");

async function resigned(lines: readonly object[], change: object = {}): Promise<string> {
  const before = textOf(lines.slice(0, -1));
  const { createHash } = await import("node:crypto");
  const { signature: _, ...said } = lines.at(-1) as Record<string, unknown>;
  const sha256 = `0x${createHash("sha256").update(before).digest("hex")}`;
  const end = { ...said, sha256, lineCount: lines.length, ...change };
  const signature = await snapshots.signExport(canonicalBytes(end as JsonObject), await snapshots.record(1));
  return before + textOf([{ ...end, signature: Buffer.from(signature).toString("base64") }]);
}

describe("export", () => {
  it("KEY-6: a record and an attestation verify after their keys were replaced, and after they were retired", async () => {
    const next = createCustodianSigner(new Uint8Array(32).fill(10));
    const nextLog = createHeadSigner(CUSTODIAN, "ed25519", new Uint8Array(32).fill(8));
    const shown = (publicKey: Uint8Array) => ({ algorithm: "ed25519", publicKey: hexOf(publicKey) });
    const { root } = (await ports.log.head())!;
    const note = await signHead({ origin: CUSTODIAN, size: 2, root, timeMs: 1 }, [nextLog]);
    const published = {
      ...ports.published,
      records: { ...shown(next.publicKey), others: [shown(signer.publicKey)] },
      log: {
        ...ports.published.log,
        ...shown(nextLog.key.publicKey),
        others: [shown(logSigner.key.publicKey)],
      },
    };
    const log = { ...ports.log, head: async () => ({ size: 2, root, timeMs: 1, note }) };
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(database);
    const heldBy = (held: CustodianSigner) =>
      openSnapshots({ ...SILENT, database, ledger, envelope, atRest, signer: held });
    const both = await heldBy({ ...next, others: () => [signer] });
    const during = await exported(undefined, { snapshots: both, published, log });
    const trust = { recordKey: hexOf(signer.publicKey), logKey: hexOf(nextLog.key.publicKey) };
    expect(await verifyExport(piecesOf(during), trust)).toMatchObject(trust);
    const retired = { snapshots: await heldBy(next), published, log };
    const after = await exported(undefined, retired);
    const verdict = await verifyExport(piecesOf(after), { ...trust, recordKey: hexOf(next.publicKey) });
    expect(verdict).toMatchObject({ recordKey: hexOf(next.publicKey), signedAddresses: 1 });
    const { others: _, ...records } = published.records;
    const unnamed = await exported(undefined, { ...retired, published: { ...published, records } });
    await expect(verifyExport(piecesOf(unnamed))).rejects.toMatchObject({ code: "SNAPSHOT_RECORD_INVALID" });
  });

  it("EXP-1, EXP-2: everything verifies offline, and erased customers are one sum", async () => {
    expect(linesOf(whole).map(({ type }) => type)).toEqual([
      ...["header", "record", "logged", "attestation", "customers", "end"],
    ]);
    expect(whole).not.toContain("carol");
    const heard: unknown[] = [];
    const verdict = await verifyExport(piecesOf(whole, 7), {}, (leaf) => heard.push(leaf));
    expect(verdict).toMatchObject({
      custodian: CUSTODIAN,
      rows: "all",
      logIndex: 1,
      customerCount: 2,
      omittedCount: 1,
      recordKey: ports.published.records.publicKey,
      logKey: ports.published.log.publicKey,
    });
    expect(verdict).toMatchObject({ signedAddresses: 1, uncheckedContracts: 0 });
    expect(verdict.attestation?.attestation.isCovered).toBe(true);
    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual(
      expect.objectContaining({ customerId: "bob", equity: [40n, 0n], debt: [3n, 0n] }),
    );
    expect(linesOf(whole).at(-1)).toMatchObject({
      omitted: { customerCount: 1, equity: ["0", "7"], debt: ["0", "0"] },
    });
  });

  it("EXP-3: a customer receives its own rows, and no holders' signatures", async () => {
    const own = await exported("alice");
    expect(own).not.toMatch(/"(?:bob|carol)"/);
    expect(linesOf(own)[3]).toMatchObject({ claims: null });
    expect(await verifyExport(piecesOf(own))).toMatchObject({
      rows: "own",
      customerCount: 1,
      omittedCount: undefined,
    });
    await expect(exported("carol")).rejects.toThrowError(refusal("LEDGER_CUSTOMER_ERASED"));
    await expect(exported("nobody")).rejects.toThrowError(refusal("LEDGER_UNKNOWN: no such customer"));
    await ledger.addCustomers([{ reference: "late" }]);
    await expect(exported("late")).rejects.toThrowError(refusal("CUSTOMER_UNKNOWN"));
  });

  it("EXPORT_REFUSED: a custodian's tree with one customer at two positions", async () => {
    const [header, { encoded }, , , , end] = linesOf(whole) as [object, { encoded: string }, ...object[]];
    const { debts: _, ...known } = decodeRecord(Buffer.from(encoded, "base64"));
    const { record, proofs } = doubledCustomer(hexToBytes(known.snapshotId));
    const bytes = encodeRecord({
      ...known,
      version: 1,
      depth: 1,
      root: hexOf(record.root),
      assetListHash: hexOf(record.assetListHash),
      rootRecordHash: hexOf(hashRootRecord(portableHashes.sha256, record)),
      totals: [{ asset: "BTC", decimals: 8, amount: "3" }],
    });
    const signature = base64(await signer.sign(recordMessage(bytes)));
    const exportOf = (listed: typeof proofs, sums: object) => {
      const customers = listed.map((proof) => ({ type: "customers", proof: JSON.parse(proofToJson(proof)) }));
      const signed = { type: "record", encoded: base64(bytes), signature };
      return resigned([header, signed, ...customers, end!], { ...sums, debt: [] });
    };
    const none = { customerCount: 0, equity: ["0"], debt: [] };
    const twice = await exportOf(proofs, { customerCount: 2, equity: ["3"], omitted: none });
    await expect(verifyExport(piecesOf(twice))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: duplicate customer"),
    );
    const omitted = { ...none, customerCount: 1, equity: ["2"] };
    const once = await exportOf(proofs.slice(0, 1), { customerCount: 1, equity: ["1"], omitted });
    expect(await verifyExport(piecesOf(once))).toMatchObject({ customerCount: 1 });
  });

  it("EXP-1: contains the newest attestation of the snapshot, among attestations of others", async () => {
    const [own] = await ports.attestations.list(undefined, 1);
    const other = { snapshotId: hexOf(new Uint8Array(32)), timeMs: Date.parse("2100-01-01") };
    const others = Array.from({ length: 450 }, (_, n) => ({ ...own!, ...other, id: String(1_000 - n) }));
    const views = [...others, own!];
    const list = async (before: string | undefined, limit: number) =>
      views.filter(({ id }) => before === undefined || Number(id) < Number(before)).slice(0, limit);
    const attestations = { ...ports.attestations, list };
    expect(linesOf(await exported(undefined, { attestations }))[3]).toMatchObject({ type: "attestation" });
  });

  it("EXPORT_REFUSED: another key or snapshot than the reader pins", async () => {
    const other = `0x${"11".repeat(32)}` as const;
    for (const trust of [{ recordKey: other }, { logKey: other }, { recordHash: other }])
      await expect(verifyExport(piecesOf(whole), trust)).rejects.toThrowError(
        refusal("EXPORT_REFUSED: for another custodian, snapshot, record or key"),
      );
    const lines = linesOf(whole);
    const renumbered = await resigned([{ ...lines[0], snapshot: 2 }, ...lines.slice(1)]);
    await expect(verifyExport(piecesOf(renumbered))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: for another custodian, snapshot, record or key"),
    );
  });

  it("EXP-2: an attestation that contradicts the record, or lacks signatures, though the custodian signs it", async () => {
    const lines = linesOf(whole);
    const verified = async (
      claims: readonly OwnershipClaim[] | null,
      change: Partial<AttestationInput> = {},
    ) => {
      const signed = await signAttestation(createAttestation({ ...attested, ...change }), [logSigner]);
      const line = { type: "attestation", signed, claims };
      return verifyExport(piecesOf(await resigned(lines.with(3, line))));
    };
    const claim = await claimAt(HEIGHT);
    expect(await verified([claim])).toMatchObject({ signedAddresses: 1 });
    const holdings = attested.holdings.map((holding) => ({ ...holding, blockHeight: 20_000_000 }));
    const liabilities = attested.liabilities.map((asset) => ({ ...asset, decimals: 2 }));
    for (const change of [{ holdings }, { liabilities }, { quote: "USD" }])
      await expect(verified([await claimAt(20_000_000)], change)).rejects.toThrowError(
        refusal("ATTESTATION_REFUSED: does not match the custodian's snapshot record"),
      );
    await expect(verified([await claimAt(20_000_000)])).rejects.toThrowError(
      refusal("CHALLENGE_REFUSED: block height or chain not in the snapshot"),
    );
    for (const claims of [null, []])
      await expect(verified(claims)).rejects.toThrowError(
        refusal("ATTESTATION_REFUSED: an address has no signed claim"),
      );
  });

  it("EXPORT_REFUSED: truncated anywhere", async () => {
    for (let at = 0; at < whole.length; at += 137)
      await expect(verifyExport(piecesOf(whole.slice(0, at)))).rejects.toThrowError(
        refusal("EXPORT_REFUSED: file ends before its last line"),
      );
    await expect(verifyExport(piecesOf(whole.slice(0, -1)))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: file ends before its last line"),
    );
  });

  it("finds any flipped byte", async () => {
    const bytes = Buffer.from(whole);
    for (let at = 0; at < bytes.length; at += 61) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      const verifying = verifyExport(piecesOf(flipped.toString("latin1")));
      await expect(verifying, `byte ${at}`).rejects.toHaveProperty("code");
    }
  });

  it("EXPORT_REFUSED: other lines, another order, another encoding, trailing data", async () => {
    const lines = linesOf(whole);
    const [header, record, logged, attestation, customers, end] = lines as [
      object,
      object,
      object,
      object,
      object,
      object,
    ];
    const forged = [
      "\n",
      "{}\n",
      "[]\n",
      `${JSON.stringify(header, undefined, 1).replaceAll("\n", " ")}\n`,
      textOf([record, header]),
      textOf([{ ...header, extra: 1 }, record]),
      textOf([{ ...header, version: 2 }, record]),
      textOf([header, record, attestation, logged, customers, end]),
      textOf([header, record, logged, attestation, attestation, customers, end]),
      textOf([header, record, logged, customers, attestation, end]),
      textOf([header, record, logged, attestation, customers, { type: "other" }, end]),
      `${whole}{}\n`,
      `${whole} `,
    ];
    for (const text of forged)
      await expect(verifyExport(piecesOf(text)), text.slice(0, 80)).rejects.toThrowError(
        refusal("EXPORT_REFUSED: malformed"),
      );
  });

  it("EXPORT_REFUSED: missing or added lines, an unsigned end", async () => {
    const lines = linesOf(whole);
    const forged = [
      textOf(lines.toSpliced(2, 1)),
      textOf(lines.toSpliced(3, 1)),
      textOf(lines.with(-1, { ...lines.at(-1), customerCount: 1 })),
      textOf(lines.with(-1, { ...lines.at(-1), signature: "AAAA" })),
    ];
    for (const text of forged)
      await expect(verifyExport(piecesOf(text))).rejects.toThrowError(
        refusal("EXPORT_REFUSED: the custodian did not sign this end"),
      );
  });

  it("EXPORT_REFUSED: although the custodian signs it", async () => {
    const lines = linesOf(whole);
    const customers = lines[4] as { proof: { leaves: { sums: string[] }[] } };
    const twice = await resigned(lines.toSpliced(4, 0, customers), { customerCount: 4 });
    await expect(verifyExport(piecesOf(twice))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: duplicate customer"),
    );
    const richer = structuredClone(customers);
    richer.proof.leaves[0]!.sums[0] = "1000";
    const raised = await resigned(lines.with(4, richer as never));
    await expect(verifyExport(piecesOf(raised))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: a line does not prove its balances"),
    );
    const nothing = await resigned(lines.with(4, { type: "customers", proof: {} }));
    await expect(verifyExport(piecesOf(nothing))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: a line does not prove its balances"),
    );
    const omitted = { customerCount: 1, equity: ["0", "8"], debt: ["0", "0"] };
    const changes = [
      { customerCount: 3 },
      { equity: ["141", "0"] },
      { debt: ["2", "0"] },
      { omitted },
      { omitted: null },
    ];
    for (const change of changes)
      await expect(verifyExport(piecesOf(await resigned(lines, change)))).rejects.toThrowError(
        refusal("EXPORT_REFUSED: the balances do not add up to the totals at the end"),
      );
    const empty = await resigned(lines.toSpliced(4, 1));
    await expect(verifyExport(piecesOf(empty))).rejects.toThrowError(
      refusal("EXPORT_REFUSED: the balances do not add up to the totals at the end"),
    );
  });
});
