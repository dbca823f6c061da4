import { createHmac } from "node:crypto";
import { LruMap } from "@trellis/base";
import type { ReadThrough } from "@trellis/platform/cache";
import type { Ledger } from "../ledger/index.ts";
import { encodeProof, type ProofFile, proofToJson } from "../liabilities/verify/index.ts";
import type { Snapshots } from "./openSnapshots.ts";

export interface ProofFiles {
  /**
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, SNAPSHOT_TREE_REMOVED, CUSTOMER_UNKNOWN,
   * LIABILITIES_INPUT_INVALID, LEDGER_CUSTOMER_ERASED
   */
  json(snapshot: number, customer: string): Promise<Uint8Array>;
  /** @throws the codes of `json` */
  binary(snapshot: number, customer: string): Promise<Uint8Array>;
  keysOf(customer: string): string;
}

export interface ProofFilesPorts {
  /** Read on each request: this process may have missed an erasure. */
  readonly ledger: Pick<Ledger, "refuseErased">;
  readonly snapshots: Pick<Snapshots, "prove" | "record">;
  readonly kept: Pick<ReadThrough, "read">;
  /** HMAC key: cache keys must not reveal customers. */
  readonly nameKey: Uint8Array;
}

export const PROOF_KEYS = "proof/";
const SNAPSHOTS_KNOWN_MAX = 1_024;

const ENCODERS = {
  json: (proof: ProofFile) => new TextEncoder().encode(proofToJson(proof)),
  binary: encodeProof,
} as const;

export function createProofFiles({ ledger, snapshots, kept, nameKey }: ProofFilesPorts): ProofFiles {
  const snapshotIds = new LruMap<number, string>(SNAPSHOTS_KNOWN_MAX);

  const keysOf = (customer: string): string =>
    `${PROOF_KEYS}${createHmac("sha256", nameKey).update(customer).digest("hex")}/`;

  /** Distinguishes snapshots that reuse a number after a restore. */
  async function idOf(number: number): Promise<string> {
    const known = snapshotIds.get(number);
    if (known !== undefined) return known;
    const { snapshotId } = (await snapshots.record(number)).record;
    snapshotIds.set(number, snapshotId);
    return snapshotId;
  }

  async function read(form: keyof typeof ENCODERS, number: number, customer: string): Promise<Uint8Array> {
    await ledger.refuseErased([customer]);
    return kept.read(`${keysOf(customer)}${await idOf(number)}/${form}`, async () =>
      ENCODERS[form](await snapshots.prove(number, [customer])),
    );
  }

  return {
    keysOf,
    json: (number, customer) => read("json", number, customer),
    binary: (number, customer) => read("binary", number, customer),
  };
}
