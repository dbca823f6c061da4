import type { z } from "zod";
import {
  type AssetPrice,
  type Attestation,
  type AttestedHolding,
  type AttestedReading,
  attestationSchema,
  type Figures,
  figuresSchema,
  NOT_PROVED,
  type NotProvedStatement,
  PROVED,
  type ProvedStatement,
} from "./Attestation.ts";
import { lowerMedian, priceText, priceUnits } from "./decimal.ts";
import { attestationErrors } from "./errors.ts";

export interface AttestationInput {
  readonly custodian: string;
  readonly snapshotId: string;
  readonly rootRecordHash: string;
  readonly timeMs: number;
  readonly liabilities: readonly {
    readonly asset: string;
    readonly decimals: number;
    readonly amount: bigint;
    readonly haircutBasisPoints: number;
  }[];
  readonly holdings: readonly (Omit<AttestedHolding, "amount"> & { readonly amount: bigint })[];
  readonly readings: readonly AttestedReading[];
  readonly quote: string;
  readonly prices: readonly Pick<AssetPrice, "asset" | "sources">[];
}

/** A coverage ratio below 1 is not an error. @throws ATTESTATION_INPUT_INVALID */
export function createAttestation(input: AttestationInput): Attestation {
  checkOnce(
    "liabilities",
    input.liabilities.map(({ asset }) => asset),
  );
  checkOnce(
    "prices",
    input.prices.map(({ asset }) => asset),
  );
  checkOnce("holdings", input.holdings.map(holdingKey));
  const { liabilities, holdings, ...rest } = input;
  const figures = checkedShape(figuresSchema, {
    ...rest,
    liabilities: liabilities.map(({ amount, ...given }) => ({ ...given, amount: String(amount) })),
    holdings: holdings.map(({ amount, ...given }) => ({ ...given, amount: String(amount) })),
  });
  return checkedShape(attestationSchema, completed(figures));
}

function checkedShape<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw attestationErrors.ATTESTATION_INPUT_INVALID({
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "",
  });
}

export function recomputed(attestation: Attestation): Attestation {
  checkOnce(
    "assets",
    attestation.assets.map(({ asset }) => asset),
  );
  checkOnce(
    "prices",
    attestation.prices.map(({ asset }) => asset),
  );
  checkOnce("holdings", attestation.holdings.map(holdingKey));
  const { custodian, snapshotId, rootRecordHash, timeMs, holdings, readings, quote, prices, assets } =
    attestation;
  const liabilities = assets.map(({ asset, decimals, liabilities: amount, haircutBasisPoints }) => ({
    asset,
    decimals,
    amount,
    haircutBasisPoints,
  }));
  const subject = { custodian, snapshotId, rootRecordHash, timeMs, holdings, readings, quote };
  return completed({ ...subject, liabilities, prices });
}

const BASIS_POINTS = 10_000n;

function completed(figures: Figures): Attestation {
  const known = new Set(figures.liabilities.map(({ asset }) => asset));
  const stranger = figures.holdings.find(({ asset }) => !known.has(asset));
  if (stranger !== undefined)
    throw attestationErrors.ATTESTATION_INPUT_INVALID({ holdingOf: stranger.asset });
  checkOneBlockAChain(figures.holdings);
  checkReadings(figures);
  const prices = figures.prices.map(({ asset, sources }) => ({
    asset,
    price: priceText(lowerMedian(sources.map(({ price }) => priceUnits(price)))),
    sources: [...sources],
  }));
  const assets = figures.liabilities.map(({ asset, decimals, amount, haircutBasisPoints }) => {
    const own = figures.holdings.filter((holding) => holding.asset === asset);
    const reserves = own.reduce((sum, holding) => sum + BigInt(holding.amount), 0n);
    const counted = (reserves * (BASIS_POINTS - BigInt(haircutBasisPoints))) / BASIS_POINTS;
    return {
      asset,
      decimals,
      liabilities: amount,
      reserves: String(reserves),
      haircutBasisPoints,
      countedReserves: String(counted),
      isCovered: counted >= BigInt(amount),
    };
  });
  const totalValue = (amountOf: (asset: (typeof assets)[number]) => string): string =>
    priceText(assets.reduce((sum, asset) => sum + value(amountOf(asset), asset, prices), 0n));
  const isCovered = assets.every((asset) => asset.isCovered);
  const isStated = figures.readings.some(({ source }) => source === "statement");
  const { custodian, snapshotId, rootRecordHash, timeMs, quote } = figures;
  return {
    type: "trellis-attestation",
    version: 1,
    custodian,
    snapshotId,
    rootRecordHash,
    timeMs,
    assets,
    holdings: [...figures.holdings],
    readings: [...figures.readings],
    quote,
    prices,
    liabilitiesValue: totalValue(({ liabilities }) => liabilities),
    countedReservesValue: totalValue(({ countedReserves }) => countedReserves),
    isCovered,
    proved: (Object.keys(PROVED) as ProvedStatement[]).filter(
      (statement) =>
        (isCovered || statement !== "ASSETS_COVERED") && !(isStated && statement === "BALANCES_READ"),
    ),
    notProved: (Object.keys(NOT_PROVED) as NotProvedStatement[]).filter(
      (statement) => isStated || statement !== "BALANCES_STATED",
    ),
  };
}

/** In 10^-18 of the quote currency, rounded down. */
function value(
  amount: string,
  { asset, decimals }: { readonly asset: string; readonly decimals: number },
  prices: readonly AssetPrice[],
): bigint {
  const price = prices.find((known) => known.asset === asset);
  if (price === undefined) throw attestationErrors.ATTESTATION_INPUT_INVALID({ noPriceFor: asset });
  return (BigInt(amount) * priceUnits(price.price)) / 10n ** BigInt(decimals);
}

function holdingKey({ chain, address, token }: Pick<AttestedHolding, "chain" | "address" | "token">): string {
  return `${chain} ${address} ${token ?? ""}`;
}

/** Coins that moved between two blocks of a chain could count twice. */
function checkOneBlockAChain(holdings: readonly AttestedHolding[]): void {
  const blocks = new Map<string, string>();
  for (const { chain, blockHeight, blockHash } of holdings) {
    const block = `${blockHeight} ${blockHash}`;
    const other = blocks.get(chain) ?? block;
    if (other !== block)
      throw attestationErrors.ATTESTATION_INPUT_INVALID({ chain, blocks: `${other}, ${block}` });
    blocks.set(chain, block);
  }
}

function checkReadings({ holdings, readings }: Figures): void {
  const chains = readings.map(({ chain }) => chain);
  checkOnce("readings", chains);
  const counted = new Set(holdings.map(({ chain }) => chain));
  const stray = chains.find((chain) => !counted.has(chain));
  if (stray !== undefined || counted.size !== chains.length)
    throw attestationErrors.ATTESTATION_INPUT_INVALID({
      chains: counted.size,
      readings: chains.length,
      stray,
    });
}

function checkOnce(list: string, keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) throw attestationErrors.ATTESTATION_INPUT_INVALID({ list, twice: key });
    seen.add(key);
  }
}
