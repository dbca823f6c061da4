import {
  amountsFromSums,
  decodeEither,
  type Expectation,
  hashRootRecord,
  type ProofFile,
  portableHashes,
  tracePath,
  verifyProof,
} from "@trellis/reserves/verify";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { judgePublished, type PublishedJudgement } from "./judgePublished.ts";
import { type Refusal, refusalOf } from "./refusalOf.ts";

/** Values that the user knows independently of the file. */
export interface Expected {
  readonly recordHash?: Hex;
  readonly customerId?: string;
}

export interface ShownNode {
  readonly hash: Hex;
  /** One decimal string per asset, in base units. Empty if the tree has no sums. */
  readonly sums: readonly string[];
}

export interface ShownStep {
  readonly level: number;
  readonly left: ShownNode;
  readonly right: ShownNode;
  readonly parent: ShownNode | undefined;
  readonly own: "left" | "right" | "both";
  readonly leaves: readonly number[];
}

interface ShownLeaf {
  readonly customerId: string;
  readonly share: number | undefined;
  readonly node: ShownNode;
}

interface ShownCustomer {
  readonly customerId: string;
  readonly sums: readonly string[];
}

export interface ShownProof {
  readonly scheme: string;
  readonly hash: string;
  readonly depth: number;
  readonly snapshotId: Hex;
  readonly recordHash: Hex;
  readonly root: Hex;
  readonly assets: readonly { readonly id: string; readonly decimals: number; readonly isDebt: boolean }[];
  readonly totals: readonly string[];
  readonly leaves: readonly ShownLeaf[];
  readonly customers: readonly ShownCustomer[];
  readonly customerCount: number;
  readonly steps: readonly ShownStep[];
}

export type Judgement =
  | { readonly kind: "proof"; readonly refusal: Refusal | undefined; readonly proof: ShownProof }
  | { readonly kind: "unreadable"; readonly refusal: Refusal }
  | PublishedJudgement;

const LEAVES_SHOWN_MAX = 8;
const STEPS_SHOWN_MAX = 256;

/** Works offline. Invalid content is a judgement, not an exception. */
export function judgeFile(bytes: Uint8Array, expected: Expected): Judgement {
  const published = judgePublished(bytes);
  if (published !== undefined) return published;
  let file: ProofFile;
  try {
    file = decodeEither(bytes);
  } catch (error) {
    return { kind: "unreadable", refusal: refusalOf(error) };
  }
  const verdict = verifyProof(file, expectationOf(expected));
  const refusal = verdict.isValid ? undefined : { ...refusalOf(verdict.error), level: verdict.level };
  return { kind: "proof", refusal, proof: shownProof(file) };
}

function expectationOf({ recordHash, customerId }: Expected): Expectation {
  return {
    ...(recordHash === undefined ? {} : { recordHash: hexToBytes(recordHash) }),
    ...(customerId === undefined ? {} : { customerId }),
  };
}

function shownProof(file: ProofFile): ShownProof {
  const { record, assets, leaves } = file;
  const { leaves: nodes, steps } = tracePath(file);
  const customers = balancesOf(leaves);
  const column = (isDebt: boolean) => assets.assets.map(({ id, decimals }) => ({ id, decimals, isDebt }));
  return {
    scheme: record.scheme,
    hash: record.hash,
    depth: record.depth,
    snapshotId: bytesToHex(record.snapshotId),
    recordHash: bytesToHex(hashRootRecord(portableHashes.sha256, record)),
    root: bytesToHex(record.root),
    assets: assets.hasDebt ? [...column(false), ...column(true)] : column(false),
    totals: amountsFromSums(record.totals).map(String),
    leaves: leaves.slice(0, LEAVES_SHOWN_MAX).map(({ customerId, share, sums }, index) => ({
      customerId,
      share,
      node: shownNode(nodes[index] ?? { hash: new Uint8Array(0), sums }),
    })),
    customers: [...customers].slice(0, LEAVES_SHOWN_MAX).map(([customerId, sums]) => ({
      customerId,
      sums: sums.map(String),
    })),
    customerCount: customers.size,
    steps: steps.slice(0, STEPS_SHOWN_MAX).map(({ level, left, right, parent, own, leaves: below }) => ({
      level,
      own,
      leaves: below,
      left: shownNode(left),
      right: shownNode(right),
      parent: parent && shownNode(parent),
    })),
  };
}

function balancesOf(leaves: ProofFile["leaves"]): ReadonlyMap<string, readonly bigint[]> {
  const sums = new Map<string, readonly bigint[]>();
  for (const { customerId, sums: own } of leaves) {
    const before = sums.get(customerId) ?? [];
    const amounts = amountsFromSums(own).map((amount, column) => amount + (before[column] ?? 0n));
    sums.set(customerId, amounts);
  }
  return sums;
}

function shownNode({ hash, sums }: { readonly hash: Uint8Array; readonly sums: Uint8Array }): ShownNode {
  return { hash: bytesToHex(hash), sums: amountsFromSums(sums).map(String) };
}
