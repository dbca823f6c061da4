import { platformErrors } from "@trellis/platform";
import { z } from "zod";
import { parseChainId } from "../assets/chainId.ts";

const chain = z.string().refine((text) => parseChainId(text) !== undefined, "a chain by CAIP-2: eip155:1");
const asset = z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/);
const name = z.string().regex(/^[\x21-\x7e]{1,64}$/);
const token = z.string().regex(/^0x[0-9a-f]{40}$/, "a contract's address in lower case");
const place = z.string().min(1).max(2_048);

const chainPlan = z.union([
  z.strictObject({
    chain: chain.refine((text) => text.startsWith("eip155:"), "nodes are those of EVM chains"),
    nodes: z.array(place).min(1).max(16),
    /** 0 uses the chain's `finalized` tag. */
    confirmations: z.int().min(0).max(100_000).default(0),
  }),
  z.strictObject({ chain, statement: z.strictObject({ by: name, from: place }) }),
]);

const assetPlan = z.strictObject({
  asset,
  haircutBasisPoints: z.int().min(0).max(10_000).default(0),
  counted: z.array(z.strictObject({ chain, token: token.nullable().default(null) })).max(64),
  /** Ignored difference, such as dust and gas. Base units. */
  tolerance: z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,38})$/)
    .default("0"),
});

const planSchema = z
  .strictObject({
    quote: asset,
    chains: z.array(chainPlan).max(64),
    assets: z.array(assetPlan).max(1_000),
    prices: z.array(z.strictObject({ name, from: place })).max(32),
    /** Warns below this margin of reserves over liabilities. */
    marginBasisPoints: z.int().min(0).max(10_000).default(0),
    readingAgeS: z.int().min(1).max(31_536_000).default(3_600),
  })
  .superRefine(({ chains, assets, prices }, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", message });
    if (!areDistinct(chains.map((one) => one.chain))) refuse("duplicate chain");
    if (!areDistinct(assets.map((one) => one.asset))) refuse("duplicate asset");
    if (!areDistinct(prices.map((one) => one.name))) refuse("duplicate price source");
    const counted = assets.flatMap((one) => one.counted);
    // Otherwise one balance would be counted for two assets.
    if (!areDistinct(counted.map((place) => `${place.chain} ${place.token}`)))
      refuse("a coin or token is counted twice");
    const known = new Set(chains.map((one) => one.chain));
    if (counted.some((place) => !known.has(place.chain))) refuse("an asset is on a chain that is not listed");
  });

export type ReservesPlan = z.infer<typeof planSchema>;
export type PlannedChain = ReservesPlan["chains"][number];
export type PlannedAsset = ReservesPlan["assets"][number];

/** @throws CONFIG_FILE_UNREADABLE */
export function parseReservesPlan(text: string): ReservesPlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message could contain credentials.
    throw platformErrors.CONFIG_FILE_UNREADABLE({
      file: "chains, assets and prices",
      reason: "not JSON",
      length: text.length,
    });
  }
  const result = planSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw platformErrors.CONFIG_FILE_UNREADABLE({
    file: "chains, assets and prices",
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "",
  });
}

function areDistinct(keys: readonly string[]): boolean {
  return new Set(keys).size === keys.length;
}
