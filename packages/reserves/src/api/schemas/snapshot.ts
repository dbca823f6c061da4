import { z } from "zod";
import { assetId, base64, hash, position, snapshotId, timeMs } from "./common.ts";

export const snapshotNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(999_999_999)
  .meta({ id: "SnapshotNumber", description: "snapshot number, from 1", examples: [1, 999_999] });

export const snapshotSummary = z
  .strictObject({
    number: z.int(),
    state: z.enum(["building", "built", "signed"]),
    position: position.meta({ description: "last ledger position that the snapshot includes" }),
    timeMs,
  })
  .meta({ id: "SnapshotSummary" });

const assetAmounts = z.array(z.strictObject({ asset: assetId, decimals: z.int(), amount: z.string() }));

const record = z
  .strictObject({
    version: z.literal([1, 2]).meta({ description: "2 if the record contains debts" }),
    number: z.int(),
    snapshotId,
    previousRecordHash: hash,
    scheme: z.string(),
    hash: z.string(),
    root: hash,
    rootRecordHash: hash,
    depth: z.int(),
    assetListHash: hash,
    totals: assetAmounts.meta({ description: "liabilities: what the custodian owes to customers" }),
    ledgerPosition: z.string(),
    blockHeights: z.record(z.string(), z.int()).meta({ description: "block height by chain" }),
    priceSetHash: hash.nullable(),
    timeMs,
    debts: assetAmounts.optional().meta({
      description: "what customers owe to the custodian, never subtracted from the totals; only in version 2",
    }),
  })
  .meta({ id: "SnapshotRecord" });

export const snapshot = z
  .strictObject({
    record,
    encoded: base64.meta({ description: "canonical encoding of the record, which is signed" }),
    signature: base64.meta({ description: "Ed25519 signature of the custodian" }),
    logIndex: z.int().nullable().meta({ description: "index in the transparency log" }),
    anchor: z
      .strictObject({ chainId: z.int(), transactionHash: hash, blockNumber: z.int() })
      .nullable()
      .meta({ description: "transaction that anchored the record on-chain" }),
  })
  .meta({ id: "Snapshot" });
