import { z } from "zod";
import { assetId, base64, hash, position, snapshotId, timeMs } from "./common.ts";

/** The first example exists in the contract fixture, the second does not. */
export const snapshotNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(999_999_999)
  .meta({ id: "SnapshotNumber", description: "from 1, in the order of being taken", examples: [1, 999_999] });

export const snapshotSummary = z
  .strictObject({
    number: z.int(),
    state: z.enum(["building", "built", "signed"]),
    position: position.meta({ description: "entries of the ledger up to this one are counted" }),
    timeMs,
  })
  .meta({ id: "SnapshotSummary" });

const assetAmounts = z.array(z.strictObject({ asset: assetId, decimals: z.int(), amount: z.string() }));

const record = z
  .strictObject({
    version: z.literal([1, 2]).meta({ description: "2 where debts are counted" }),
    number: z.int(),
    snapshotId,
    previousRecordHash: hash,
    scheme: z.string(),
    hash: z.string(),
    root: hash,
    rootRecordHash: hash,
    depth: z.int(),
    assetListHash: hash,
    totals: assetAmounts.meta({ description: "what customers own" }),
    ledgerPosition: z.string(),
    blockHeights: z.record(z.string(), z.int()).meta({ description: "by chain" }),
    priceSetHash: hash.nullable(),
    timeMs,
    debts: assetAmounts
      .optional()
      .meta({ description: "what customers owe, never taken off the totals; only in version 2" }),
  })
  .meta({ id: "SnapshotRecord" });

export const snapshot = z
  .strictObject({
    record,
    encoded: base64.meta({ description: "the record's canonical encoding, which is what is signed" }),
    signature: base64.meta({ description: "the custodian's, by Ed25519" }),
    logIndex: z.int().nullable().meta({ description: "its place in the transparency log" }),
    anchor: z
      .strictObject({ chainId: z.int(), transactionHash: hash, blockNumber: z.int() })
      .nullable()
      .meta({ description: "the transaction that fixed it on a chain" }),
  })
  .meta({ id: "Snapshot" });
