import { bigintToBytes, concatBytes, isTrellisError } from "@trellis/base";
import { punishableOf, type RecordedCrossLink, recordableOf, systemCallsOfBlock } from "@trellis/contracts";
import { keccak256Hex } from "@trellis/crypto";
import {
  type Body,
  type Certificate,
  type Evidence,
  encodeCertificate,
  encodeEvidence,
  type Hash,
  type NetworkParameters,
  type StateReader,
  type SystemCall,
} from "@trellis/protocol";
import type { KnownBlocks } from "../../consensus/KnownBlocks.ts";
import { canNameFinal } from "../../consensus/rules/finalNames.ts";
import { findCrossLinks } from "../../shards/findCrossLinks.ts";
import type { Epochs, Voters } from "../validatorSets/Epochs.ts";

export type CarriedVotes = Pick<Body, "certificates" | "evidence" | "crossShard">;

export interface FoundVotes {
  readonly certificates: readonly Certificate[];
  readonly evidence: readonly Evidence[];
  readonly crossLinks: readonly RecordedCrossLink[];
  readonly systemCalls: readonly SystemCall[];
}

interface FindVotesPorts extends KnownBlocks {
  readonly parameters: Pick<NetworkParameters, "sharding" | "finalityDepth">;
  readonly epochs: Epochs;
}

interface CarryingBlock {
  readonly number: number;
  readonly selectedParent: Hash;
  readonly state: StateReader;
}

export const NO_VOTES: FoundVotes = { certificates: [], evidence: [], crossLinks: [], systemCalls: [] };

/**
 * Skips the rest of a carrier after an invalid signature. [STAKE-14] [STAKE-17] [SHARD-14.4]
 * @param carriers in execution order
 */
export function findVotes(
  ports: FindVotesPorts,
  { number, selectedParent, state }: CarryingBlock,
  carriers: readonly CarriedVotes[],
): FoundVotes {
  const { epochs, parameters } = ports;
  const { sharding, finalityDepth } = parameters;
  const values = epochs.valuesAfter(selectedParent, state);
  if (values === undefined) return NO_VOTES;
  const current = epochs.epochAfter(selectedParent, state);
  const oldest = current - Number(values.unbondingEpochs);
  const votersOf = (epoch: number): Voters | undefined =>
    epoch <= current && epoch > oldest ? epochs.votersAfter(selectedParent, state, epoch) : undefined;
  const wrong = new Set<number>();
  const isRight = (carrier: number, verify: () => boolean): boolean => {
    if (wrong.has(carrier)) return false;
    if (verify()) return true;
    wrong.add(carrier);
    return false;
  };

  const certificates = recordableOf(
    state,
    carriers
      .flatMap((votes, carrier) => votes.certificates.map((item) => ({ carrier, item, ...item })))
      .filter(({ item }) => item.step === "precommit"),
    ({ carrier, item }) =>
      canNameFinal(ports, selectedParent, item.value) &&
      isRight(carrier, () => isCertificate(votersOf(item.epoch), item)),
  ).map(({ item }) => item);

  const equivocations = punishableOf(
    state,
    carriers.flatMap((votes, carrier) =>
      votes.evidence.flatMap((item) => {
        const { epoch, validator: place } = item.first.message;
        const validator = votersOf(epoch)?.members[place]?.address;
        return validator === undefined ? [] : [{ carrier, item, validator, epoch }];
      }),
    ),
    ({ carrier, item, epoch }) => isRight(carrier, () => isEvidence(votersOf(epoch), item)),
  );

  const crossLinks =
    sharding === undefined
      ? []
      : findCrossLinks(
          state,
          carriers.flatMap(({ crossShard }, carrier) =>
            crossShard === undefined || wrong.has(carrier) ? [] : [crossShard],
          ),
          { count: sharding.count, epoch: current, unbondingEpochs: Number(values.unbondingEpochs) },
          {
            isCertificate: (shard, certificate) =>
              isCertificate(votersOf(certificate.epoch), certificate, shard),
          },
        );
  const shards = sharding && { crossLinks, finalityDepth };
  return {
    certificates,
    evidence: equivocations.map(({ item }) => item),
    crossLinks,
    systemCalls: systemCallsOfBlock(state, { number, certificates, equivocations, shards }, values),
  };
}

function isCertificate(voters: Voters | undefined, certificate: Certificate, shard = 0): boolean {
  const set = voters?.set.inShard(shard);
  if (voters === undefined || set === undefined) return false;
  const encoded = encodeCertificate(certificate);
  const inShard = shard === 0 ? encoded : concatBytes(encoded, bigintToBytes(BigInt(shard), 2));
  return verifyOnce(voters, inShard, () => set.verifyCertificate(certificate));
}

function isEvidence(voters: Voters | undefined, evidence: Evidence): boolean {
  return (
    voters !== undefined &&
    verifyOnce(voters, encodeEvidence(evidence), () => voters.set.verifyEvidence(evidence))
  );
}

function verifyOnce({ verified }: Voters, encoded: Uint8Array, verify: () => void): boolean {
  const hash = keccak256Hex(encoded);
  let isRight = verified.get(hash);
  if (isRight === undefined) {
    isRight = doesHold(verify);
    verified.set(hash, isRight);
  }
  return isRight;
}

function doesHold(verify: () => void): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}
