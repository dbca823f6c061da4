import { z } from "zod";
import type { AssetPrice } from "../attestation/Attestation.ts";
import { PRICE_PATTERN } from "../attestation/decimal.ts";
import type { PriceSet } from "../attestation/hashPriceSet.ts";
import { readingsErrors } from "./errors.ts";

const quotesSchema = z.strictObject({
  quote: z.string(),
  timeMs: z.int().min(0),
  prices: z.record(z.string(), z.string().regex(PRICE_PATTERN)),
});

const NAMED_MAX = 10;

export interface PriceQuotes {
  readonly name: string;
  readonly text: string;
}

/** @throws RESERVES_SOURCE_INVALID, PRICE_MISSING */
export function createPriceSet(
  quote: string,
  assets: readonly string[],
  sources: readonly PriceQuotes[],
): PriceSet {
  const read = sources.map((source) => ({ name: source.name, ...quotesOf(quote, source) }));
  const prices = assets.map(
    (asset): Pick<AssetPrice, "asset" | "sources"> => ({
      asset,
      sources: read.flatMap(({ name, timeMs, prices: known }) =>
        Object.hasOwn(known, asset) ? [{ name, price: known[asset]!, timeMs }] : [],
      ),
    }),
  );
  const missing = prices.filter(({ sources: said }) => said.length === 0).map(({ asset }) => asset);
  if (missing.length > 0)
    throw readingsErrors.PRICE_MISSING({
      missing: `${missing.slice(0, NAMED_MAX).join(", ")}${missing.length > NAMED_MAX ? ", …" : ""}`,
      missingCount: missing.length,
      sources: sources.length,
    });
  return { quote, prices };
}

function quotesOf(quote: string, { name, text }: PriceQuotes) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw readingsErrors.RESERVES_SOURCE_INVALID(
      { reason: "invalid price list", source: name, issue: "not JSON" },
      cause,
    );
  }
  const result = quotesSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = issue?.path.join(".") ?? "";
    throw readingsErrors.RESERVES_SOURCE_INVALID({
      reason: "invalid price list",
      source: name,
      path,
      issue: issue?.message ?? "",
    });
  }
  if (result.data.quote !== quote)
    throw readingsErrors.RESERVES_SOURCE_INVALID({
      reason: "invalid price list",
      source: name,
      quote: result.data.quote.slice(0, 64),
      expected: quote,
    });
  return result.data;
}
