import type { Hex } from "@trellis/base";
import { fromRlp, keccak256 } from "viem/utils";
import { lightErrors } from "./errors.ts";
import type { CertifiedHeader, LightRules, TrustedFinality, VoterChange } from "./FinalityProof.ts";
import { readVoters } from "./readVoters.ts";
import { verifyCertificate } from "./verifyCertificate.ts";

/**
 * [FINAL-21]
 * @throws LIGHT_TRUST_EXPIRED, LIGHT_STALE, LIGHT_FORKED, LIGHT_EPOCH_SKIPPED, LIGHT_PROOF_INVALID
 */
export function verifyCheckpoint(
  trusted: TrustedFinality,
  { header, certificate }: CertifiedHeader,
  rules: LightRules,
): TrustedFinality {
  checkTrust(trusted, rules);
  const { height, epoch, value } = certificate;
  const { checkpoint, voters } = trusted;
  if (height <= checkpoint.height) throw refuseOld(trusted, certificate);
  if (epoch !== voters.epoch) {
    throw lightErrors.LIGHT_EPOCH_SKIPPED({ height, epoch, known: voters.epoch });
  }
  const { number, timestampMs, stateRoot } = readHeader(header, certificate);
  verifyCertificate(trusted, voters, certificate);
  if (number <= checkpoint.number) {
    throw lightErrors.LIGHT_FORKED({ height, number, trusted: checkpoint.number });
  }
  return { ...trusted, checkpoint: { height, hash: value, number, timestampMs, stateRoot }, votedBy: voters };
}

/** The final block's state proves the next voters. @throws errors of verifyCheckpoint */
export function verifyChange(
  trusted: TrustedFinality,
  change: VoterChange,
  rules: LightRules,
): TrustedFinality {
  const next = verifyCheckpoint(trusted, change, rules);
  const voters = readVoters(readHeader(change.header, change.certificate).stateRoot, change.nodes);
  const expected = trusted.voters.epoch + 1;
  if (voters.epoch !== expected) {
    throw lightErrors.LIGHT_PROOF_INVALID({
      what: "set",
      reason: "epoch is not the next one",
      height: next.checkpoint.height,
      epoch: voters.epoch,
      expected,
    });
  }
  return { ...next, voters };
}

/** After unbonding, voters can sign any history without penalty. [FINAL-22] */
function checkTrust({ checkpoint }: TrustedFinality, { trustPeriodMs, nowMs }: LightRules): void {
  const { height, timestampMs } = checkpoint;
  const untilMs = timestampMs + trustPeriodMs;
  if (nowMs >= untilMs) throw lightErrors.LIGHT_TRUST_EXPIRED({ height, untilMs, nowMs });
}

function refuseOld(trusted: TrustedFinality, certificate: CertifiedHeader["certificate"]): Error {
  const { checkpoint, votedBy } = trusted;
  const { height, value } = certificate;
  const facts = { height, got: value, trusted: checkpoint.hash, trustedHeight: checkpoint.height };
  const isOther = height === checkpoint.height && value !== checkpoint.hash;
  if (!isOther || votedBy === undefined || certificate.epoch !== votedBy.epoch) {
    return lightErrors.LIGHT_STALE(facts);
  }
  verifyCertificate(trusted, votedBy, certificate);
  return lightErrors.LIGHT_FORKED(facts);
}

/** [BLOCK-1] */
const FIELDS = { stateRoot: 5, timestampMs: 10, number: 16 } as const;

function readHeader(encoded: Hex, { height, value }: CertifiedHeader["certificate"]) {
  const got = keccak256(encoded);
  if (got !== value) throw lightErrors.LIGHT_PROOF_INVALID({ what: "header", height, got, expected: value });
  // The casts are safe: certified headers are well-formed.
  const fields = fromRlp(encoded, "hex") as readonly Hex[];
  const count = (field: Hex): number => (field === "0x" ? 0 : Number(BigInt(field)));
  return {
    stateRoot: fields[FIELDS.stateRoot]!,
    timestampMs: count(fields[FIELDS.timestampMs]!),
    number: count(fields[FIELDS.number]!),
  };
}
