import { base64 } from "@scure/base";
import { canonicalJson, parseCanonicalJson } from "../canonical/index.ts";
import { ed25519Verifiers, type HeadKey, type Verifiers } from "../log/keys.ts";
import {
  type Attestation,
  NOT_PROVED,
  type NotProvedStatement,
  PROVED,
  type ProvedStatement,
  signedAttestationSchema,
} from "./Attestation.ts";
import { attestationMessage } from "./attestationMessage.ts";
import { recomputed } from "./createAttestation.ts";
import { attestationErrors } from "./errors.ts";
import { hashPriceSet } from "./hashPriceSet.ts";

/** Snapshot record, published before reserves were read. */
export interface AttestedRecord {
  readonly snapshotId: string;
  readonly rootRecordHash: string;
  /** Null if the snapshot cannot be attested. */
  readonly priceSetHash: string | null;
  readonly blockHeights: Readonly<Record<string, number>>;
  /** Base units as decimal text. */
  readonly totals: readonly { readonly asset: string; readonly decimals: number; readonly amount: string }[];
  readonly timeMs: number;
}

export interface AttestationTrust {
  readonly custodian: string;
  /** All keys must have signed. */
  readonly keys: readonly HeadKey[];
  /** Must be read from the log. */
  readonly record: AttestedRecord;
}

export interface AttestationVerdict {
  readonly attestation: Attestation;
  readonly proved: readonly { readonly statement: ProvedStatement; readonly meaning: string }[];
  readonly notProved: readonly { readonly statement: NotProvedStatement; readonly meaning: string }[];
}

const LENGTH_MAX = 16_000_000;

/** Recomputes every derived figure. Works offline. @throws ATTESTATION_REFUSED */
export function verifyAttestation(
  text: string,
  trust: AttestationTrust,
  verifiers: Verifiers = ed25519Verifiers,
): AttestationVerdict {
  const { attestation, signatures } = parse(text);
  checkSubject(attestation, trust);
  if (trust.keys.length === 0)
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "no signature by the expected key", keys: 0 });
  const message = attestationMessage(attestation);
  for (const { name, algorithm, publicKey } of trust.keys) {
    const verify = verifiers[algorithm];
    // During a key replacement, both the old and the new key sign.
    const found = signatures.filter((line) => line.name === name && line.algorithm === algorithm);
    if (found.length === 0 || verify === undefined)
      throw attestationErrors.ATTESTATION_REFUSED({
        reason: "no signature by the expected key",
        name,
        algorithm,
        isAlgorithmKnown: verify !== undefined,
      });
    if (!found.some(({ signature }) => verify(message, decoded(signature), publicKey)))
      throw attestationErrors.ATTESTATION_REFUSED({ reason: "a signature does not match", name, algorithm });
  }
  checkArithmetic(attestation);
  return {
    attestation,
    proved: attestation.proved.map((statement) => ({ statement, meaning: PROVED[statement] })),
    notProved: attestation.notProved.map((statement) => ({ statement, meaning: NOT_PROVED[statement] })),
  };
}

function parse(text: string) {
  if (text.length > LENGTH_MAX)
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "malformed", length: text.length });
  let value: unknown;
  try {
    value = parseCanonicalJson(text);
  } catch (cause) {
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "malformed", length: text.length }, cause);
  }
  const result = signedAttestationSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw attestationErrors.ATTESTATION_REFUSED({
    reason: "malformed",
    path: issue?.path.join(".") ?? "",
    issue: issue?.message ?? "",
  });
}

function checkSubject(attestation: Attestation, { custodian, record }: AttestationTrust): void {
  const { snapshotId, rootRecordHash, priceSetHash, blockHeights, totals } = record;
  checkSame("custodian", attestation.custodian, custodian);
  checkSame("snapshotId", attestation.snapshotId, snapshotId);
  checkSame("rootRecordHash", attestation.rootRecordHash, rootRecordHash);
  checkSame("prices", hashPriceSet(attestation), priceSetHash);
  for (const { chain, blockHeight } of attestation.holdings)
    checkSame(
      `block of ${chain}`,
      blockHeight,
      Object.hasOwn(blockHeights, chain) ? blockHeights[chain] : undefined,
    );
  const owed = new Map(totals.map((total) => [total.asset, total]));
  for (const { asset, decimals, liabilities } of attestation.assets) {
    checkSame(`decimals of ${asset}`, decimals, owed.get(asset)?.decimals);
    checkSame(`liabilities of ${asset}`, liabilities, owed.get(asset)?.amount);
  }
  checkSame("assets", attestation.assets.length, totals.length);
}

function checkSame<T extends string | number>(field: string, got: T, expected: T | null | undefined): void {
  if (got !== expected)
    throw attestationErrors.ATTESTATION_REFUSED({
      reason: "does not match the custodian's snapshot record",
      field,
      got,
      expected: expected ?? "none",
    });
}

function checkArithmetic(attestation: Attestation): void {
  let expected: Attestation;
  try {
    expected = recomputed(attestation);
  } catch (cause) {
    throw attestationErrors.ATTESTATION_REFUSED(
      { reason: "totals do not match the attestation's figures" },
      cause,
    );
  }
  for (const field of Object.keys(expected) as (keyof Attestation)[]) {
    if (canonicalJson(expected[field]) !== canonicalJson(attestation[field]))
      throw attestationErrors.ATTESTATION_REFUSED({
        reason: "totals do not match the attestation's figures",
        field,
      });
  }
}

function decoded(signature: string): Uint8Array {
  try {
    return base64.decode(signature);
  } catch {
    return new Uint8Array(0);
  }
}
