import { readActiveSet, STAKING_ADDRESS, withProvenKeys } from "@trellis/contracts";
import { type AccountProof, type Hash, type Header, headerHash } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import { ValidatorSet } from "../ValidatorSet.ts";
import { ProvenStorage } from "./ProvenStorage.ts";
import type { LightUpdate, TrustedCheckpoint } from "./TrustedCheckpoint.ts";

/**
 * Begins at a checkpoint whose hash was got from somebody who is trusted (genesis, or a block of weak subjectivity);
 * header and proof may come from anybody. [FINAL-20]
 * @throws LIGHT_HEADER_WRONG, LIGHT_PROOF_INVALID, LIGHT_SET_WRONG
 */
export function trustCheckpoint(
  chainId: bigint,
  trusted: { readonly hash: Hash; readonly height: number },
  header: Header,
  setProof: AccountProof,
): TrustedCheckpoint {
  const { hash, height } = trusted;
  const got = headerHash(header);
  if (got !== hash) throw finalityErrors.LIGHT_HEADER_WRONG({ height, got, expected: hash });
  return { height, hash, header, set: readSet(chainId, header, setProof), votedBy: undefined };
}

export interface LightRules {
  readonly chainId: bigint;
  /** How long validators answer with their stake for what they signed. ms */
  readonly trustPeriodMs: number;
  /** ms since the Unix epoch */
  readonly nowMs: number;
}

/**
 * Follows a certificate to a later checkpoint. Within an epoch heights can be left out, since one set votes on all of
 * them; the set of the next epoch is proven by the state of a block that this one made final. [FINAL-21]
 * @throws LIGHT_TRUST_EXPIRED, LIGHT_STALE, LIGHT_FORKED, LIGHT_HEADER_WRONG, LIGHT_EPOCH_SKIPPED, LIGHT_PROOF_INVALID,
 * LIGHT_SET_WRONG, CERTIFICATE_STEP_WRONG, and what verifyCertificate throws
 */
export function verifyUpdate(
  trusted: TrustedCheckpoint,
  { header, certificate, setProof }: LightUpdate,
  rules: LightRules,
): TrustedCheckpoint {
  checkTrust(trusted, rules);
  const { height, epoch, step, value: hash } = certificate;
  if (step !== "precommit") throw finalityErrors.CERTIFICATE_STEP_WRONG({ height, step });
  if (height <= trusted.height) throw refuseOld(trusted, { header, certificate });
  if (epoch !== trusted.set.epoch) {
    throw finalityErrors.LIGHT_EPOCH_SKIPPED({ height, epoch, known: trusted.set.epoch });
  }
  const got = headerHash(header);
  if (got !== hash) throw finalityErrors.LIGHT_HEADER_WRONG({ height, got, expected: hash });
  trusted.set.verifyCertificate(certificate);
  if (header.number <= trusted.header.number) {
    throw finalityErrors.LIGHT_FORKED({ height, number: header.number, trusted: trusted.header.number });
  }
  const next = setProof === undefined ? trusted.set : readSet(rules.chainId, header, setProof);
  // A set votes at least once before the next is chosen. [STAKE-15]
  if (next.epoch !== epoch && next.epoch !== epoch + 1) {
    throw finalityErrors.LIGHT_SET_WRONG({ height, epoch: next.epoch, expected: epoch + 1 });
  }
  const set = next.epoch === epoch ? trusted.set : next;
  return { height, hash, header, set, votedBy: trusted.set };
}

/** Two thirds of a set whose stake is free again can sign any history. */
function checkTrust({ height, header }: TrustedCheckpoint, { trustPeriodMs, nowMs }: LightRules): void {
  const untilMs = header.timestampMs + trustPeriodMs;
  if (nowMs >= untilMs) throw finalityErrors.LIGHT_TRUST_EXPIRED({ height, untilMs, nowMs });
}

/** Another block of the same height, truly certified, is a fork; everything else that is not newer is stale. */
function refuseOld(trusted: TrustedCheckpoint, { certificate }: LightUpdate): Error {
  const { height, value } = certificate;
  const facts = { height, got: value, trusted: trusted.hash, trustedHeight: trusted.height };
  const isOther = height === trusted.height && value !== trusted.hash;
  if (!isOther || trusted.votedBy === undefined) return finalityErrors.LIGHT_STALE(facts);
  trusted.votedBy.verifyCertificate(certificate);
  return finalityErrors.LIGHT_FORKED(facts);
}

/** @throws LIGHT_PROOF_INVALID, LIGHT_SET_WRONG */
function readSet(chainId: bigint, { stateRoot, number }: Header, proof: AccountProof): ValidatorSet {
  const state = new ProvenStorage(stateRoot, STAKING_ADDRESS, proof);
  const { epoch, members } = withProvenKeys(readActiveSet(state));
  const validators = members.map(({ key, power }) => ({ publicKey: key, power }));
  const set = new ValidatorSet(chainId, epoch, validators);
  if (set.power.total === 0n)
    throw finalityErrors.LIGHT_SET_WRONG({ number, epoch, validators: members.length });
  return set;
}
