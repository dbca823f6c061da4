import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const outside = new Set<string>();
  if (seen.has(file)) return outside;
  seen.add(file);
  for (const [, types, from] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export) (type )?[^"=]*"([^"]+)";$/gm,
  )) {
    if (types !== undefined) continue;
    if (!from!.startsWith(".")) outside.add(from!);
    else for (const name of importsOf(join(dirname(file), from!), seen)) outside.add(name);
  }
  return outside;
}

const ACCOUNT = join(import.meta.dirname, "account/index.ts");
const CRYPTO_ACCOUNT = join(import.meta.dirname, "../../crypto/src/account/index.ts");
const RESILIENCE = join(import.meta.dirname, "../../resilience/src/index.ts");

it("accounts run in a browser", () => {
  const names = [ACCOUNT, CRYPTO_ACCOUNT, RESILIENCE].flatMap((file) => [...importsOf(file)]);
  expect([...new Set(names)].sort()).toEqual([
    "@noble/curves/secp256k1.js",
    "@noble/hashes/scrypt.js",
    "@noble/hashes/sha3.js",
    "@noble/post-quantum/ml-dsa.js",
    "@trellis/base",
    "@trellis/crypto/account",
    "@trellis/resilience",
    "cockatiel",
    "viem/accounts",
    "viem/utils",
  ]);
});

it("verification runs in a browser: it imports neither native libraries nor Node's modules", () => {
  const names = importsOf(join(import.meta.dirname, "light/index.ts"));
  expect([...names].sort()).toEqual(["@noble/curves/bls12-381.js", "@trellis/base", "viem/utils"]);
  const base = importsOf(join(import.meta.dirname, "../../base/src/index.ts"));
  expect([...base]).toEqual([]);
});

it("signed requests run in a browser", () => {
  const names = importsOf(join(import.meta.dirname, "../../crypto/src/httpSignatures/index.ts"));
  expect([...names].sort()).toEqual(["@noble/hashes/sha2.js", "@trellis/base"]);
});
