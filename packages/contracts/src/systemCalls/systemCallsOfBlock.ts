import { bytesToBigint, hexToBytes } from "@trellis/base";
import type { Address, StateReader, SystemCall } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import type { GovernedValues } from "../governance/governed.ts";
import { readParameters } from "../governance/readParameters.ts";
import { recordCrossLinkCall, replaceSilentCall, type ShardRecord } from "../shards/records.ts";
import { STAKING_LAYOUT, VALIDATOR_LAYOUT } from "../staking/layout.ts";
import { readActiveSet } from "../staking/readActiveSet.ts";
import { readEpoch } from "../staking/readEpoch.ts";
import { mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { certificatesOf, issuanceIfEpochEnds } from "./issuanceIfEpochEnds.ts";
import {
  countCrossLinkCall,
  endEpochCall,
  recordCertificateCall,
  signersToNumber,
  slashEquivocationCall,
} from "./systemCalls.ts";

interface RecordedVotes {
  readonly epoch: number;
  readonly height: number;
  readonly signers: Uint8Array;
}

/** `epoch` is the epoch of the votes. */
interface Equivocation {
  readonly validator: Address;
  readonly epoch: number;
}

export interface RecordedCrossLink {
  /** The next record. */
  readonly record: ShardRecord;
  /** Of the certificate. */
  readonly signers: Uint8Array;
}

interface BlockFindings {
  readonly number: number;
  readonly certificates: readonly RecordedVotes[];
  readonly equivocations: readonly Equivocation[];
  /** In networks with several shards. */
  readonly shards?: ShardFindings | undefined;
}

interface ShardFindings {
  readonly crossLinks: readonly RecordedCrossLink[];
  readonly finalityDepth: number;
}

/**
 * In execution order, without calls that would revert. [STAKE-14, STAKE-15, STAKE-17, SHARD-15]
 * @param state of the selected parent; transactions do not change the result
 */
export function systemCallsOfBlock(
  state: StateReader,
  findings: BlockFindings,
  values: GovernedValues | undefined = readParameters(state),
): SystemCall[] {
  if (values === undefined) return [];
  const certificates = recordableOf(state, findings.certificates);
  const equivocations = punishableOf(state, findings.equivocations);
  const certified = certificates.map(({ epoch }) => epoch);
  const issuance = issuanceIfEpochEnds(state, findings.number, certified, values);
  return [
    ...certificates.map(recordCertificateCall),
    ...equivocations.map(({ validator, epoch: since }) => slashEquivocationCall(validator, since)),
    ...crossLinkCalls(state, findings.shards?.crossLinks ?? [], certified),
    ...(issuance === undefined ? [] : [endEpochCall(issuance), ...silenceCalls(state, findings)]),
  ];
}

/** Counts certificates of sets that have certified in shard 0. [SHARD-15.5] */
function crossLinkCalls(
  state: StateReader,
  crossLinks: readonly RecordedCrossLink[],
  certified: readonly number[],
): SystemCall[] {
  if (crossLinks.length === 0) return [];
  const { epoch } = readEpoch(state);
  const isCounted = (setEpoch: number): boolean =>
    (setEpoch === epoch || setEpoch === epoch - 1) &&
    (certified.includes(setEpoch) || certificatesOf(state, setEpoch) > 0);
  return crossLinks.flatMap(({ record, signers }) => {
    const { certifiedIn } = record;
    const counted = isCounted(certifiedIn) ? [countCrossLinkCall(certifiedIn, signers)] : [];
    return [recordCrossLinkCall(record), ...counted];
  });
}

/** With `endEpoch`. [SHARD-15.3] */
function silenceCalls(state: StateReader, { number, shards }: BlockFindings): SystemCall[] {
  if (shards === undefined) return [];
  const { epoch, startNumber } = readEpoch(state);
  const before = Math.min(startNumber, number - shards.finalityDepth + 1);
  return before > 0 ? [replaceSilentCall(epoch + 1, before)] : [];
}

/**
 * By ascending height. Empty before the handover if the epoch has no validators. [STAKE-14] [STAKE-18]
 * @param isProven called in order, only for recordable certificates
 */
export function recordableOf<C extends RecordedVotes>(
  state: StateReader,
  certificates: readonly C[],
  isProven: (certificate: C) => boolean = () => true,
): C[] {
  if (certificates.length === 0) return [];
  const { epoch, certifiedHeight, certifiedSetEpoch, certifiedSigners, isHandedOver } = readEpoch(state);
  if (!isHandedOver && readActiveSet(state, epoch).members.length === 0) return [];
  let last = { height: certifiedHeight, epoch: certifiedSetEpoch, signers: certifiedSigners };
  return certificates
    .toSorted((a, b) => a.height - b.height)
    .filter((certificate) => {
      const { height, epoch: setEpoch } = certificate;
      const isNewHeight = height > last.height;
      const known = isNewHeight ? 0n : last.signers;
      const signers = signersToNumber(certificate.signers) | known;
      const isOfSet = setEpoch === epoch || setEpoch === epoch - 1;
      if (!isOfSet || height === 0 || height < last.height || signers === known) return false;
      if (!isNewHeight && setEpoch !== last.epoch) return false;
      if (!isProven(certificate)) return false;
      last = { height, epoch: setEpoch, signers };
      return true;
    });
}

/**
 * At most one per validator. [STAKE-17]
 * @param isProven called in order, only for punishable equivocations
 */
export function punishableOf<E extends Equivocation>(
  state: StateReader,
  equivocations: readonly E[],
  isProven: (equivocation: E) => boolean = () => true,
): E[] {
  if (equivocations.length === 0) return [];
  const { epoch } = readEpoch(state);
  const unbondingEpochs = Number(readParameters(state, epoch)?.unbondingEpochs ?? 0n);
  const seen = new Set<Address>();
  return equivocations.filter((equivocation) => {
    const { validator, epoch: since } = equivocation;
    const isInTime = since <= epoch && since + unbondingEpochs > epoch;
    if (!isInTime || seen.has(validator) || !canBeTombstoned(state, validator)) return false;
    if (!isProven(equivocation)) return false;
    seen.add(validator);
    return true;
  });
}

function canBeTombstoned(state: StateReader, validator: Address): boolean {
  const read = slotReader(state, STAKING_ADDRESS);
  const base = mappingSlot(bytesToBigint(hexToBytes(validator)), STAKING_LAYOUT.validators.slot);
  const { keyHead, isTombstoned } = VALIDATOR_LAYOUT;
  const isKnown = read(base + keyHead.slot) !== 0n;
  return isKnown && unpack(read(base + isTombstoned.slot), isTombstoned, 1) === 0n;
}
