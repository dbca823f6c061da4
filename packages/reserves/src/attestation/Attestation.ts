import { z } from "zod";
import { PRICE_PATTERN } from "./decimal.ts";

export const PROVED = {
  LIABILITIES_ADDED_UP:
    "the liabilities of each asset are the total in the root record; every customer can verify that the total includes their balance",
  ADDRESSES_SIGNED: "the holder of each address's keys signed for this custodian and this snapshot",
  BALANCES_READ: "the addresses had these balances at the listed blocks; anyone can verify them",
  ASSETS_COVERED: "the reserves of every asset, after haircut, cover its liabilities",
} as const;

export const NOT_PROVED = {
  CUSTOMERS_LEFT_OUT: "that no customer was omitted: each customer must verify their own balance",
  OTHER_DEBTS: "that the custodian has no other debts, such as debts with priority",
  ASSETS_BORROWED: "that the custodian owns the reserves and did not borrow them for the snapshot",
  KEYS_SHARED: "that nobody else has the keys",
  AFTER_THE_BLOCKS: "anything after the listed blocks",
  PRICES_TRUE: "that the full amounts could be sold at these prices",
  BALANCES_STATED:
    "the balances of chains that are read from a statement: they are only reported by its author",
} as const;

export type ProvedStatement = keyof typeof PROVED;
export type NotProvedStatement = keyof typeof NOT_PROVED;

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
/** Base units. */
const amount = z.string().regex(/^(?:0|[1-9][0-9]{0,77})$/);
const name = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const asset = z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/);
const price = z.string().regex(PRICE_PATTERN);
const timeMs = z.int().min(0);
const decimals = z.int().min(0).max(38);
const haircutBasisPoints = z.int().min(0).max(10_000);

/** Canonical, so that no address is counted twice. */
const EVM_CHAIN = /^eip155:[1-9][0-9]{0,15}$/;
const EVM_ADDRESS = /^0x[0-9a-f]{40}$/;
const BITCOIN_CHAIN = /^bip122:[0-9a-f]{32}$/;
const BITCOIN_ADDRESS = /^(?:(?:bc|tb|bcrt)1[0-9a-z]{6,87}|[1-9A-HJ-NP-Za-km-z]{26,35})$/;

const holding = z
  .strictObject({
    asset,
    chain: z.string(),
    address: z.string(),
    token: z.string().regex(EVM_ADDRESS).nullable(),
    blockHeight: z.int().min(0),
    blockHash: hash,
    amount,
    method: z.enum(["bip322", "eip191", "eip712", "eip1271"]),
  })
  .refine(
    ({ chain, address, token, method }) =>
      EVM_CHAIN.test(chain)
        ? EVM_ADDRESS.test(address) && method !== "bip322"
        : BITCOIN_CHAIN.test(chain) && BITCOIN_ADDRESS.test(address) && token === null && method === "bip322",
    "address, token or method does not match the chain",
  );

const reading = z.union([
  z
    .strictObject({
      chain: z.string(),
      source: z.literal("nodes"),
      nodeCount: z.int().max(1_000),
      quorum: z.int(),
    })
    .refine(({ nodeCount, quorum }) => quorum > nodeCount / 2 && quorum <= nodeCount, "not a majority"),
  z.strictObject({ chain: z.string(), source: z.literal("statement"), by: name }),
]);

const coveredAsset = z.strictObject({
  asset,
  decimals,
  liabilities: amount,
  reserves: amount,
  haircutBasisPoints,
  countedReserves: amount,
  isCovered: z.boolean(),
});

const sources = z.array(z.strictObject({ name, price, timeMs })).min(1).max(32);

const assetPrice = z.strictObject({
  asset,
  /** Quote currency per unit: lower median of the sources. */
  price,
  sources,
});

const subject = {
  custodian: name,
  snapshotId: hash,
  /** Root record whose totals are the liabilities. */
  rootRecordHash: hash,
  timeMs,
  holdings: z.array(holding).max(10_000),
  readings: z.array(reading).max(1000),
  quote: asset,
};

export const figuresSchema = z.strictObject({
  ...subject,
  liabilities: z.array(z.strictObject({ asset, decimals, amount, haircutBasisPoints })).min(1).max(1000),
  prices: z.array(z.strictObject({ asset, sources })).max(1000),
});
export type Figures = z.infer<typeof figuresSchema>;

export const attestationSchema = z.strictObject({
  type: z.literal("trellis-attestation"),
  version: z.literal(1),
  ...subject,
  assets: z.array(coveredAsset).min(1).max(1000),
  prices: z.array(assetPrice).max(1000),
  /** In the quote currency, rounded down. */
  liabilitiesValue: price,
  countedReservesValue: price,
  isCovered: z.boolean(),
  proved: z.array(z.enum(Object.keys(PROVED) as [ProvedStatement, ...ProvedStatement[]])),
  notProved: z.array(z.enum(Object.keys(NOT_PROVED) as [NotProvedStatement, ...NotProvedStatement[]])),
});

export type Attestation = z.infer<typeof attestationSchema>;
export type AttestedHolding = z.infer<typeof holding>;
export type AttestedReading = z.infer<typeof reading>;
export type AssetPrice = z.infer<typeof assetPrice>;

/** Rounded down; infinite without liabilities. */
export function coverageRatioOf({
  countedReserves,
  liabilities,
}: Pick<Attestation["assets"][number], "countedReserves" | "liabilities">): number {
  const owed = BigInt(liabilities);
  if (owed === 0n) return Number.POSITIVE_INFINITY;
  return Number((BigInt(countedReserves) * 1_000_000n) / owed) / 1_000_000;
}

export const signedAttestationSchema = z.strictObject({
  attestation: attestationSchema,
  signatures: z
    .array(
      z.strictObject({
        name,
        algorithm: z.enum(["ed25519", "ml-dsa-44", "ml-dsa-65"]),
        /** Base64. */
        signature: z.string().max(10_000),
      }),
    )
    .max(16),
});
