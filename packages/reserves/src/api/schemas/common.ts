import { z } from "zod";
import { AMOUNT_LIMIT } from "../../ledger/index.ts";

export const customerId = z
  .string()
  .min(1)
  .max(128)
  .meta({
    id: "CustomerId",
    description: "customer id of the custodian",
    examples: ["alice", "nobody"],
  });

export const assetId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "AssetId", description: "asset of the ledger", examples: ["BTC", "NONE"] });

export const snapshotId = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ id: "SnapshotId", examples: [`0x${"01".repeat(32)}`, `0x${"99".repeat(32)}`] });

export const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ id: "Hash", description: "32 bytes", examples: [`0x${"ab".repeat(32)}`] });

export const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
  .meta({ id: "Base64", examples: ["AAAA"] });

/** JSON numbers are exact only up to 2^53. */
export const amount = z
  .codec(
    z
      .string()
      .regex(/^(?:0|[1-9][0-9]{0,38})$/)
      .refine(isAmount, "not below 2^128")
      .meta({ examples: ["150000000"] }),
    z.bigint(),
    {
      decode: (text) => BigInt(text),
      encode: (value) => value.toString(),
    },
  )
  .meta({ id: "Amount", description: "base units, below 2^128" });

export const signedAmount = z
  .codec(
    z
      .string()
      .regex(/^-?[1-9][0-9]{0,38}$/)
      .refine(isAmount, "not below 2^128")
      .meta({ examples: ["150000000"] }),
    z.bigint(),
    {
      decode: (text) => BigInt(text),
      encode: (value) => value.toString(),
    },
  )
  .meta({
    id: "SignedAmount",
    description: "base units, below 2^128 in magnitude, not zero",
    examples: ["150000000"],
  });

export const side = z
  .enum(["equity", "debt"])
  .meta({ description: "equity: balance of the customer; debt: debt of the customer" });

export const position = z
  .codec(
    z
      .string()
      .regex(/^(?:0|[1-9][0-9]{0,17})$/)
      .meta({ examples: ["1"] }),
    z.bigint(),
    {
      decode: (text) => BigInt(text),
      encode: (value) => value.toString(),
    },
  )
  .meta({ id: "Position", description: "ledger position, from 1" });

export const timeMs = z.int().min(0).meta({ id: "TimeMs", description: "Unix time in milliseconds" });

function isAmount(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const value = BigInt(text);
  return value < AMOUNT_LIMIT && value > -AMOUNT_LIMIT;
}
