import { createHash } from "node:crypto";
import { bytesToHex } from "@trellis/base";
import { SILENT } from "@trellis/kit/embedded";
import { encodeRootRecord, type LiabilityTree, sumScheme } from "@trellis/reserves/liabilities";
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
const assets = { assets: [{ id: "USD", decimals: 2 }], hasDebt: false };

export const treeOf = (amount: bigint): Promise<LiabilityTree> =>
  sumScheme.build(
    [{ customerId: "alice", userKey: new Uint8Array(32).fill(1), equity: [amount] }],
    { snapshotId: ID, assets },
    SILENT,
  );

export const hashOf = ({ record }: LiabilityTree) =>
  bytesToHex(createHash("sha256").update(encodeRootRecord(record)).digest());

/** A signed record of a tree with one customer, and this customer's proof. */
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
    totals: [],
    ledgerPosition: "1",
    blockHeights: {},
    priceSetHash: null,
    timeMs: 1,
  };
  const bytes = encodeRecord(record);
  const signature = await signer.sign(recordMessage(bytes));
  const base64 = (value: Uint8Array) => Buffer.from(value).toString("base64");
  const answer = { encoded: base64(bytes), signature: base64(signature) };
  return { record, answer, proof: proofToJson(tree.prove(["alice"])) };
}
