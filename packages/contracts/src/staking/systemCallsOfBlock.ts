import { bytesToBigint, hexToBytes } from "@trellis/base";
import type { Address, StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { readParameters } from "../governance/readParameters.ts";
import { mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { issuanceIfEpochEnds } from "./issuanceIfEpochEnds.ts";
import { STAKING_LAYOUT, VALIDATOR_LAYOUT } from "./layout.ts";
import { readEpoch } from "./readEpoch.ts";
import {
  endEpochCall,
  recordCertificateCall,
  type SystemCall,
  signersToNumber,
  slashEquivocationCall,
} from "./systemCalls.ts";

/** What the blocks that a chain block executes brought about finality, verified, in their order. */
export interface BlockFindings {
  /** The chain block's number. */
  readonly number: number;
  /** Of precommits. */
  readonly certificates: readonly {
    readonly epoch: number;
    readonly height: number;
    readonly signers: Uint8Array;
  }[];
  /** Validators that signed two votes of one ballot, with the ballot's epoch. */
  readonly equivocations: readonly { readonly validator: Address; readonly epoch: number }[];
}

/**
 * The system calls of a chain block, in their order, for after its transactions. What the contract would refuse
 * (known or late certificates, evidence that comes again or too late) is left out. [STAKE-14, STAKE-15, STAKE-17]
 * @param state of the selected parent: no transaction of the block changes the answer
 */
export function systemCallsOfBlock(state: StateReader, findings: BlockFindings): SystemCall[] {
  const values = readParameters(state);
  if (values === undefined) return [];
  const { epoch } = readEpoch(state);
  const certificates = newCertificates(state, findings);
  const equivocations = punishable(state, findings, Number(values.unbondingEpochs));
  const isCertified = certificates.some((certificate) => certificate.epoch === epoch);
  const issuance = issuanceIfEpochEnds(state, findings.number, isCertified);
  return [
    ...certificates.map(recordCertificateCall),
    ...equivocations.map(({ validator, epoch: since }) => slashEquivocationCall(validator, since)),
    ...(issuance === undefined ? [] : [endEpochCall(issuance)]),
  ];
}

/** By height; of one height those that each add a signer. */
function newCertificates(state: StateReader, { certificates }: BlockFindings): BlockFindings["certificates"] {
  const { epoch, certifiedHeight, certifiedSetEpoch, certifiedSigners } = readEpoch(state);
  let last = { height: certifiedHeight, epoch: certifiedSetEpoch, signers: certifiedSigners };
  return certificates
    .toSorted((a, b) => a.height - b.height)
    .filter((certificate) => {
      const { height, epoch: setEpoch } = certificate;
      const signers = signersToNumber(certificate.signers);
      if (height === 0 || height < last.height || (setEpoch !== epoch && setEpoch !== epoch - 1))
        return false;
      if (height === last.height) {
        if (setEpoch !== last.epoch || (signers | last.signers) === last.signers) return false;
        last = { ...last, signers: signers | last.signers };
      } else {
        last = { height, epoch: setEpoch, signers };
      }
      return true;
    });
}

function punishable(
  state: StateReader,
  { equivocations }: BlockFindings,
  unbondingEpochs: number,
): BlockFindings["equivocations"] {
  const { epoch } = readEpoch(state);
  const seen = new Set<Address>();
  return equivocations.filter(({ validator, epoch: since }) => {
    const isInTime = since <= epoch && since + unbondingEpochs > epoch;
    if (!isInTime || seen.has(validator) || !canBeTombstoned(state, validator)) return false;
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
