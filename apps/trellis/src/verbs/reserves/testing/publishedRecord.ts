import { createHash } from "node:crypto";
import { bytesToHex } from "@trellis/base";
import { SILENT } from "@trellis/kit/embedded";
import { createAttestation, hashPriceSet, signAttestation } from "@trellis/reserves/attestation";
import { createExport } from "@trellis/reserves/exports";
import { encodeRootRecord, type LiabilityTree, sumScheme } from "@trellis/reserves/liabilities";
import { createHeadSigner } from "@trellis/reserves/log";
import {
  createCustodianSigner,
  encodeRecord,
  recordMessage,
  type SnapshotRecord,
} from "@trellis/reserves/snapshots";
import { proofToJson } from "@trellis/reserves/verify";

export const ID = new Uint8Array(32).fill(4);
export const NO_HASH = `0x${"00".repeat(32)}` as const;
export const signer = createCustodianSigner(new Uint8Array(32).fill(9));
/** Domain of the signature of an export. [EXP-1] */
const EXPORT_PURPOSE = "trellis-reserves-export/1\n";
const assets = { assets: [{ id: "USD", decimals: 2 }], hasDebt: false };

export const treeOf = (amount: bigint): Promise<LiabilityTree> =>
  sumScheme.build(
    [{ customerId: "alice", userKey: new Uint8Array(32).fill(1), equity: [amount] }],
    { snapshotId: ID, assets },
    SILENT,
  );

export const hashOf = ({ record }: LiabilityTree) =>
  bytesToHex(createHash("sha256").update(encodeRootRecord(record)).digest());

const LOG_NAME = "exchange.example";
export const logSigner = createHeadSigner(LOG_NAME, "ed25519", new Uint8Array(32).fill(8));
const CHAIN = "eip155:1";
const PRICES = { quote: "USD", prices: [{ asset: "USD", sources: [{ name: "a", price: "1", timeMs: 1 }] }] };

export const publishedKeys = {
  custodian: LOG_NAME,
  records: { algorithm: "ed25519", publicKey: bytesToHex(signer.publicKey) },
  log: {
    origin: LOG_NAME,
    name: LOG_NAME,
    algorithm: "ed25519",
    publicKey: bytesToHex(logSigner.key.publicKey),
  },
};

/** A signed attestation of the record, in cents. */
export function attestationOf(
  { snapshotId, rootRecordHash, totals }: SnapshotRecord,
  reserves: bigint,
): Promise<string> {
  const holding = {
    asset: "USD",
    chain: CHAIN,
    address: `0x${"aa".repeat(20)}`,
    token: `0x${"22".repeat(20)}`,
    blockHeight: 5,
    blockHash: NO_HASH,
    amount: reserves,
    method: "eip191" as const,
  };
  const figures = {
    custodian: LOG_NAME,
    snapshotId,
    rootRecordHash,
    timeMs: 2,
    liabilities: totals.map(({ amount, ...asset }) => ({
      ...asset,
      amount: BigInt(amount),
      haircutBasisPoints: 1_000,
    })),
    holdings: [holding],
    readings: [{ chain: CHAIN, source: "nodes" as const, nodeCount: 3, quorum: 2 }],
    ...PRICES,
  };
  return signAttestation(createAttestation(figures), [logSigner]);
}

export async function auditOf(
  { record, bytes, signature, tree }: Awaited<ReturnType<typeof publishedRecord>>,
  attestation: string,
): Promise<string> {
  const view = { id: "1", snapshotId: record.snapshotId, timeMs: 2, isCovered: true, logIndex: undefined };
  const lines = await createExport(record.number, "alice", {
    ledger: { customer: async () => ({ isErased: false }), balancesAt: async function* () {} } as never,
    snapshots: {
      record: async () => ({ record, bytes, signature }),
      prove: async () => tree.prove(["alice"]),
      signExport: (encoded) => signer.sign(Buffer.concat([Buffer.from(EXPORT_PURPOSE), encoded])),
      recordKeyOf: () => signer.publicKey,
    },
    publications: { of: async () => ({ logIndex: undefined, anchor: undefined }) },
    log: { head: async () => undefined, inclusionProof: async () => [] } as never,
    attestations: {
      list: async () => [view],
      signed: async () => attestation,
      evidence: async () => [],
    },
    published: publishedKeys,
  });
  return Buffer.concat(await Array.fromAsync(lines)).toString();
}

export async function publishedRecord(amount: bigint) {
  const tree = await treeOf(amount);
  const record: SnapshotRecord = {
    version: 1 as const,
    number: 3,
    snapshotId: bytesToHex(ID),
    previousRecordHash: NO_HASH,
    scheme: "sum",
    hash: "sha256",
    root: bytesToHex(tree.record.root),
    rootRecordHash: hashOf(tree),
    depth: 4,
    assetListHash: bytesToHex(tree.record.assetListHash),
    totals: [{ asset: "USD", decimals: 2, amount: String(amount) }],
    ledgerPosition: "1",
    blockHeights: { [CHAIN]: 5 },
    priceSetHash: hashPriceSet(PRICES),
    timeMs: 1,
  };
  const bytes = encodeRecord(record);
  const signature = await signer.sign(recordMessage(bytes));
  const base64 = (value: Uint8Array) => Buffer.from(value).toString("base64");
  const answer = { encoded: base64(bytes), signature: base64(signature) };
  return { record, bytes, signature, tree, answer, proof: proofToJson(tree.prove(["alice"])) };
}
