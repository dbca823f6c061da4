import {
  type OpenZeppelinProof,
  type PublishedVerdict,
  publishedErrors,
  readSummaEntries,
  verifyOkxV1,
  verifyOpenZeppelinDump,
  verifyOpenZeppelinProof,
  verifySummaEntries,
  verifyTaggedProof,
  WEAKNESSES,
} from "@trellis/reserves/published/verify";
import { hexToBytes } from "viem";
import { type Refusal, refusalOf } from "./refusalOf.ts";

/** A file in a format that others publish. */
export interface PublishedJudgement {
  readonly kind: "published";
  readonly format: string;
  readonly refusal: Refusal | undefined;
  readonly root: string | undefined;
  readonly totals: Readonly<Record<string, string>>;
  /** What a dishonest custodian can do although it verifies. */
  readonly weaknesses: readonly { readonly name: string; readonly meaning: string }[];
}

interface Format {
  readonly name: string;
  readonly isIt: (value: Record<string, unknown>) => boolean;
  readonly verify: (value: Record<string, unknown>) => PublishedVerdict;
}

const FORMATS: readonly Format[] = [
  {
    name: "OpenZeppelin Merkle tree",
    isIt: ({ format }) => format === "standard-v1" || format === "simple-v1",
    verify: verifyOpenZeppelinDump,
  },
  {
    name: "OpenZeppelin Merkle proof",
    isIt: ({ proof, root, value }) => Array.isArray(proof) && root !== undefined && value !== undefined,
    verify: (value) => verifyOpenZeppelinProof(value as unknown as OpenZeppelinProof),
  },
  {
    name: "OKX proof of liabilities, first format",
    isIt: ({ self, path }) => self !== undefined && path !== undefined,
    verify: verifyOkxV1,
  },
  {
    name: "Tagged hashes (BIP-340), ProofOfReserve_Leaf and _Branch",
    isIt: ({ leaf, siblings, root }) => leaf !== undefined && Array.isArray(siblings) && root !== undefined,
    verify: (value) => verifyTaggedProof(readTagged(value)),
  },
];

const HEX = /^0x(?:[0-9a-fA-F]{2}){1,64}$/;
/** Longer texts are none of these formats; lists of balances are. */
const SUMMA_HEADS = ["username,balance_", "username;balances"];

/** Undefined where the file is of none of these formats. Never throws for what is in it. */
export function judgePublished(bytes: Uint8Array): PublishedJudgement | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 32));
  if (SUMMA_HEADS.some((one) => head.startsWith(one))) {
    return judgement("Summa's list of balances", () =>
      verifySummaEntries(readSummaEntries(new TextDecoder().decode(bytes))),
    );
  }
  const value = jsonObjectIn(bytes);
  // Ours says so, and its own verifier reads more strictly.
  if (value === undefined || value.format === "trellis liability proof") return undefined;
  const format = FORMATS.find(({ isIt }) => isIt(value));
  return format && judgement(format.name, () => format.verify(value));
}

function judgement(format: string, verify: () => PublishedVerdict): PublishedJudgement {
  try {
    const { root, totals = {}, weaknesses } = verify();
    const named = weaknesses.map((name) => ({ name, meaning: WEAKNESSES[name] }));
    return { kind: "published", format, refusal: undefined, root, totals, weaknesses: named };
  } catch (error) {
    return {
      kind: "published",
      format,
      refusal: refusalOf(error),
      root: undefined,
      totals: {},
      weaknesses: [],
    };
  }
}

function jsonObjectIn(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (bytes[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Hashes in hexadecimal; the leaf is the text that is hashed, `(id,balance)`. */
function readTagged({ leaf, siblings, root }: Record<string, unknown>) {
  const places = (siblings as readonly unknown[]).map((sibling) => {
    const { side, hash } = (sibling ?? {}) as { readonly side?: unknown; readonly hash?: unknown };
    if (side !== "left" && side !== "right") throw invalid("siblings");
    return { side, hash: bytesOf(hash, "siblings") } as const;
  });
  if (typeof leaf !== "string") throw invalid("leaf");
  return { leaf: new TextEncoder().encode(leaf), siblings: places, root: bytesOf(root, "root") };
}

function bytesOf(text: unknown, path: string): Uint8Array {
  if (typeof text !== "string" || !HEX.test(text)) throw invalid(path);
  return hexToBytes(text as `0x${string}`);
}

function invalid(path: string): Error {
  return publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "bip340-tagged", path });
}
