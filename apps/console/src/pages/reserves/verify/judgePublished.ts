import {
  type OpenZeppelinProof,
  PUBLISHED_FORMATS,
  type PublishedFormat,
  type PublishedVerdict,
  publishedErrors,
  readSummaEntries,
  recogniseFormat,
  verifyOkxV1,
  verifyOpenZeppelinDump,
  verifyOpenZeppelinProof,
  verifySummaEntries,
  verifyTaggedProof,
  WEAKNESSES,
} from "@trellis/reserves/foreignProofs/verify";
import { hexToBytes } from "viem";
import { type Refusal, refusalOf } from "./refusalOf.ts";

export interface PublishedJudgement {
  readonly kind: "published";
  readonly format: string;
  readonly refusal: Refusal | undefined;
  readonly root: string | undefined;
  readonly totals: Readonly<Record<string, string>>;
  /** Fraud that a proof of this format cannot detect. */
  readonly weaknesses: readonly { readonly name: string; readonly meaning: string }[];
}

type Verify = (file: Record<string, unknown>) => PublishedVerdict;

/** Formats without a verifier are only recognised. */
const VERIFIERS: { readonly [Format in PublishedFormat]?: Verify } = {
  "openzeppelin-dump": verifyOpenZeppelinDump,
  "openzeppelin-proof": (file) => verifyOpenZeppelinProof(file as unknown as OpenZeppelinProof),
  "okx-v1": verifyOkxV1,
  "bip340-tagged": (file) => verifyTaggedProof(readTagged(file)),
};

const HEX = /^0x(?:[0-9a-fA-F]{2}){1,64}$/;
/** Summa's balance lists are the only format that is not JSON. */
const SUMMA_HEADS = ["username,balance_", "username;balances"];

/** Undefined if no format matches. Never throws. */
export function judgePublished(bytes: Uint8Array): PublishedJudgement | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 32));
  if (SUMMA_HEADS.some((one) => head.startsWith(one))) {
    return judgement("Summa's list of balances", () =>
      verifySummaEntries(readSummaEntries(new TextDecoder().decode(bytes))),
    );
  }
  const value = jsonObjectIn(bytes);
  // `judgeFile` verifies Trellis proofs more strictly.
  if (value === undefined || value.format === "trellis liability proof") return undefined;
  const format = recogniseFormat(value);
  if (format === undefined) return undefined;
  const name = PUBLISHED_FORMATS[format];
  return judgement(name, () => {
    const verify = VERIFIERS[format];
    if (verify === undefined)
      throw publishedErrors.PUBLISHED_FORMAT_INVALID({ reason: "not supported", format: name });
    return verify(value);
  });
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
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The leaf is the hashed text `(id,balance)`. */
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
