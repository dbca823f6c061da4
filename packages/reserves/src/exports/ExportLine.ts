import { z } from "zod";

export const EXPORT_FORMAT = "trellis-reserves-export";
/** Fits the proof of PROVED_AT_ONCE customers with all assets. */
export const LINE_BYTES_MAX = 64 << 20;

const hex32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const base64 = z.base64();
const amount = z.string().regex(/^(?:0|[1-9][0-9]{0,38})$/);
const amounts = z.array(amount).max(256);
const key = z.strictObject({ algorithm: z.literal("ed25519"), publicKey: hex32 });
/** `others` are replaced keys, which may have signed an older record or attestation. */
const withOthers = key.extend({ others: z.array(key).max(64).optional() });

/** Each line is canonical JSON (RFC 8785). */
export const lineSchemas = {
  header: z.strictObject({
    type: z.literal("header"),
    format: z.literal(EXPORT_FORMAT),
    version: z.literal(1),
    custodian: z.string().min(1).max(255),
    snapshot: z.int().min(1),
    rows: z.enum(["all", "own"]),
    records: withOthers,
    log: withOthers.extend({ origin: z.string(), name: z.string() }),
  }),
  record: z.strictObject({ type: z.literal("record"), encoded: base64, signature: base64 }),
  logged: z.strictObject({
    type: z.literal("logged"),
    index: z.int().min(0),
    head: z.string(),
    /** Siblings from leaf to root. */
    hashes: z.array(hex32).max(64),
  }),
  attestation: z.strictObject({
    type: z.literal("attestation"),
    signed: z.string(),
    /** Null if the reader may not see claims. */
    claims: z
      .array(
        z.strictObject({
          challenge: z.string(),
          method: z.enum(["bip322", "eip191", "eip712", "eip1271"]),
          signature: z.string(),
        }),
      )
      .nullable(),
  }),
  customers: z.strictObject({ type: z.literal("customers"), proof: z.record(z.string(), z.unknown()) }),
  end: z.strictObject({
    type: z.literal("end"),
    lineCount: z.int(),
    /** SHA-256 of all previous lines, including line feeds. */
    sha256: hex32,
    customerCount: z.int(),
    equity: amounts,
    debt: amounts,
    /** Erased customers, included only in the totals. Null in exports for one customer. */
    omitted: z.strictObject({ customerCount: z.int(), equity: amounts, debt: amounts }).nullable(),
    signature: base64,
  }),
} as const;

export type LineType = keyof typeof lineSchemas;
export type ExportLine<Type extends LineType> = z.infer<(typeof lineSchemas)[Type]>;

export type UnsignedEnd = Omit<ExportLine<"end">, "signature">;
