import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@trellis/base";
import { z } from "zod";
import { addRoundedDown, isDecimal } from "./decimal.ts";
import { publishedErrors } from "./errors.ts";
import { readShape } from "./readShape.ts";
import type { PublishedVerdict, Weakness } from "./weaknesses.ts";

const amount = z.string().refine(isDecimal, "not a decimal number");
/** Files with other assets are unsupported, not damaged: their hashes cover more amounts. */
const balances = z.looseObject({ BTC: amount, ETH: amount, USDT: amount });
type Balances = Readonly<Record<"BTC" | "ETH" | "USDT", string>>;
const isAsset = (name: string): boolean => name === "BTC" || name === "ETH" || name === "USDT";

/** Node types: 1 left, 2 right, 3 root, 4 padding. */
const node = z.object({
  balances,
  type: z.int().min(1).max(4),
  hash: z.string().min(1).max(200),
  height: z.int().min(1).max(1_000_000),
});
const file = z.object({
  self: node.extend({ nonce: z.string().max(200) }),
  path: z.array(node).min(2).max(256),
});

const LEFT = 1;

const ALWAYS: readonly Weakness[] = [
  "SUM_ONLY_HASHED",
  "SIBLING_BALANCES_UNBOUND",
  "DECIMALS_JOINED",
  "ROUNDED_DOWN",
  "NEGATIVE_ADMITTED",
  "IDENTITY_ABSENT",
  "DEPTH_UNBOUND",
  "BALANCES_SHOWN",
];

interface Sum {
  readonly hash: string;
  readonly balances: Balances;
  readonly height: number;
}

/**
 * OKX's first format (okx/proof-of-reserves, MerkleValidator). The last path entry is the root.
 * @throws PUBLISHED_FORMAT_INVALID, PUBLISHED_PROOF_WRONG
 */
export function verifyOkxV1(proof: unknown): PublishedVerdict {
  const { self, path } = readShape(file, proof, "okx-v1");
  const unknown = [self, ...path]
    .flatMap((one) => Object.keys(one.balances))
    .find((asset) => !isAsset(asset));
  if (unknown !== undefined)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({
      reason: "not supported",
      format: "okx-v1",
      asset: unknown.slice(0, 32),
    });
  const leaf = okxLeafHash(self.nonce, self.balances);
  if (leaf !== self.hash)
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "a leaf is not the hash of its content",
      got: self.hash,
      expected: leaf,
    });
  const [first, ...siblings] = path.slice(0, -1) as [Node, ...Node[]];
  const root = path.at(-1) as Node;
  if (first.type === self.type)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "okx-v1", reason: "both are on one side" });

  let sum = self.type === LEFT ? okxParent(self, first, 2) : okxParent(first, self, 2);
  for (const sibling of siblings) {
    const height = sibling.height + 1;
    sum = sibling.type === LEFT ? okxParent(sibling, sum, height) : okxParent(sum, sibling, height);
  }
  const names = ["BTC", "ETH", "USDT"] as const;
  const wrong = names.find((name) => sum.balances[name] !== root.balances[name]);
  if (wrong !== undefined)
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "the balances do not add up to the published totals",
      asset: wrong,
      got: sum.balances[wrong],
      expected: root.balances[wrong],
    });
  if (sum.hash !== root.hash || sum.height !== root.height)
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "it does not lead to the published root",
      got: sum.hash,
      expected: root.hash,
      height: sum.height,
    });
  return { scheme: "okx-v1", root: `0x${root.hash}`, totals: totalsOf(root.balances), weaknesses: ALWAYS };
}

function totalsOf({ BTC, ETH, USDT }: Balances): Balances {
  return { BTC, ETH, USDT };
}

type Node = z.infer<typeof node>;

export function okxLeafHash(nonce: string, own: Balances): string {
  return sha256Text(`${nonce}{"BTC":"${own.BTC}","ETH":"${own.ETH}","USDT":"${own.USDT}"}`);
}

/** Hashes concatenated text: both hashes, sums, height. */
export function okxParent(
  left: Pick<Sum, "hash" | "balances">,
  right: Pick<Sum, "hash" | "balances">,
  height: number,
): Sum {
  const added: Balances = {
    BTC: addRoundedDown(left.balances.BTC, right.balances.BTC),
    ETH: addRoundedDown(left.balances.ETH, right.balances.ETH),
    USDT: addRoundedDown(left.balances.USDT, right.balances.USDT),
  };
  const joined = `${left.hash}${right.hash}${added.BTC}${added.ETH}${added.USDT}${height}`;
  return { hash: sha256Text(joined), balances: added, height };
}

function sha256Text(text: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(text))).slice(2);
}
