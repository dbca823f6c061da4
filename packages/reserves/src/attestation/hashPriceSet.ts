import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, type Hex } from "@trellis/base";
import { canonicalBytes } from "../canonical/index.ts";
import type { AssetPrice } from "./Attestation.ts";

export interface PriceSet {
  readonly quote: string;
  readonly prices: readonly Pick<AssetPrice, "asset" | "sources">[];
}

const DOMAIN = "trellis-price-set-v1\n";

/** Snapshot records contain this hash, so that prices cannot be chosen later. */
export function hashPriceSet({ quote, prices }: PriceSet): Hex {
  const sorted = prices
    .map(({ asset, sources }) => ({ asset, sources }))
    .sort((a, b) => (a.asset < b.asset ? -1 : 1));
  const bytes = concatBytes(new TextEncoder().encode(DOMAIN), canonicalBytes({ quote, prices: sorted }));
  return bytesToHex(sha256(bytes));
}
