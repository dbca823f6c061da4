import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesEqual, bytesToHex, compareBytes, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { encodeAbiParameters } from "viem/utils";
import { z } from "zod";
import { publishedErrors } from "./errors.ts";
import { readShape } from "./readShape.ts";
import type { PublishedVerdict, Weakness } from "./weaknesses.ts";

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const treeIndex = z.int().min(0);

const standardDump = z.object({
  format: z.literal("standard-v1"),
  leafEncoding: z.array(z.string()).min(1),
  tree: z.array(hash).min(1),
  values: z.array(z.object({ value: z.array(z.unknown()), treeIndex })).min(1),
});
const simpleDump = z.object({
  format: z.literal("simple-v1"),
  tree: z.array(hash).min(1),
  values: z.array(z.object({ value: hash, treeIndex })).min(1),
  hash: z.string().optional(),
});
const anyDump = z.discriminatedUnion("format", [standardDump, simpleDump]);

const COMMON: readonly Weakness[] = ["SUMS_ABSENT", "PLACE_UNBOUND", "DEPTH_UNBOUND", "LEAF_GUESSABLE"];
/** In `simple-v1`, callers supply 32-byte leaves, which look like inner nodes. */
const WEAKNESSES_OF: Readonly<Record<"standard-v1" | "simple-v1", readonly Weakness[]>> = {
  "standard-v1": COMMON,
  "simple-v1": [...COMMON, "LEAF_NODE_CONFUSABLE"],
};

/** For `@openzeppelin/merkle-tree` dumps. @throws PUBLISHED_FORMAT_INVALID, PUBLISHED_PROOF_WRONG */
export function verifyOpenZeppelinDump(dump: unknown): PublishedVerdict {
  const { format, tree, values, ...rest } = readShape(anyDump, dump, "openzeppelin");
  if ("hash" in rest && rest.hash !== undefined)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ reason: "not supported", hash: rest.hash });
  const leafEncoding = "leafEncoding" in rest ? rest.leafEncoding : undefined;
  const nodes = tree.map(hexToBytes);
  if (nodes.length !== 2 * values.length - 1)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ nodes: nodes.length, values: values.length });
  for (const { value, treeIndex: index } of values) {
    const isLeaf = index >= values.length - 1 && index < nodes.length;
    const leaf = openZeppelinLeaf(value, leafEncoding);
    if (!isLeaf || !bytesEqual(nodes[index] as Uint8Array, leaf))
      throw publishedErrors.PUBLISHED_PROOF_WRONG({
        reason: "a leaf is not the hash of its content",
        treeIndex: index,
        expected: bytesToHex(leaf),
      });
  }
  if (new Set(values.map((value) => value.treeIndex)).size < values.length)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ reason: "two values at one position" });
  for (let index = 0; index < values.length - 1; index++) {
    const expected = hashPair(nodes[2 * index + 1] as Uint8Array, nodes[2 * index + 2] as Uint8Array);
    if (!bytesEqual(nodes[index] as Uint8Array, expected))
      throw publishedErrors.PUBLISHED_PROOF_WRONG({
        reason: "it does not lead to the published root",
        treeIndex: index,
        expected: bytesToHex(expected),
      });
  }
  return verdict(format, nodes[0] as Uint8Array);
}

export interface OpenZeppelinProof {
  readonly value: readonly unknown[] | string;
  /** Solidity types. */
  readonly leafEncoding?: readonly string[];
  readonly proof: readonly string[];
  readonly root: string;
}

/** @throws PUBLISHED_FORMAT_INVALID, PUBLISHED_PROOF_WRONG */
export function verifyOpenZeppelinProof({
  value,
  leafEncoding,
  proof,
  root,
}: OpenZeppelinProof): PublishedVerdict {
  const siblings = readShape(z.array(hash), proof, "openzeppelin").map(hexToBytes);
  const expected = hexToBytes(readShape(hash, root, "openzeppelin"));
  const got = siblings.reduce(hashPair, openZeppelinLeaf(value, leafEncoding));
  if (!bytesEqual(got, expected))
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "it does not lead to the published root",
      got: bytesToHex(got),
      expected: bytesToHex(expected),
    });
  return verdict(leafEncoding === undefined ? "simple-v1" : "standard-v1", expected);
}

/** @throws PUBLISHED_FORMAT_INVALID */
export function openZeppelinLeaf(value: unknown, leafEncoding?: readonly string[]): Uint8Array {
  if (leafEncoding === undefined) return hexToBytes(readShape(hash, value, "openzeppelin"));
  const columns = readShape(z.array(z.unknown()), value, "openzeppelin");
  try {
    const types = leafEncoding.map((type) => ({ type }));
    // Hashed twice, so that a 64-byte leaf cannot pass for an inner node.
    return keccak_256(keccak_256(hexToBytes(encodeAbiParameters(types, columns))));
  } catch (cause) {
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ leafEncoding: leafEncoding.join() }, cause);
  }
}

function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  return keccak_256(compareBytes(a, b) < 0 ? concatBytes(a, b) : concatBytes(b, a));
}

function verdict(format: "standard-v1" | "simple-v1", root: Uint8Array): PublishedVerdict {
  const shown: Hex = bytesToHex(root);
  return { scheme: `openzeppelin-${format}`, root: shown, weaknesses: WEAKNESSES_OF[format] };
}
