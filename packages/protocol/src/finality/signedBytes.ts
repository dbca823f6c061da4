import { concatBytes } from "@trellis/base";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import type { Hash } from "../words.ts";
import { type Ballot, type Heartbeat, type Proposal, VOTE_STEPS, type VoteDomain } from "./Vote.ts";

const VOTE = new TextEncoder().encode("trellis: vote\0");
const PROPOSAL = new TextEncoder().encode("trellis: proposal\0");
const HEARTBEAT = new TextEncoder().encode("trellis: presence\0");

export function voteDomainOf(chain: {
  readonly parameters: { readonly chainId: bigint };
  readonly genesisHash: Hash;
}): VoteDomain {
  return { chainId: chain.parameters.chainId, genesisHash: chain.genesisHash };
}

/** Omits the validator, so that signatures aggregate. [FINAL-1] */
export function voteSignedBytes(domain: VoteDomain, ballot: Ballot, value: Hash | undefined): Uint8Array {
  const { epoch, height, round, step } = ballot;
  const said = [epoch, height, round, VOTE_STEPS.indexOf(step), value ?? new Uint8Array(0)];
  return concatBytes(VOTE, encodeRlp([domain.chainId, domain.genesisHash, ...said]));
}

/** [FINAL-2] */
export function proposalSignedBytes(domain: VoteDomain, proposal: Proposal): Uint8Array {
  const { epoch, height, round, value, validRound, validator } = proposal;
  const said = [epoch, height, round, value, BigInt(validRound + 1), validator];
  return concatBytes(PROPOSAL, encodeRlp([domain.chainId, domain.genesisHash, ...said]));
}

/** [FINAL-23] */
export function heartbeatSignedBytes(domain: VoteDomain, heartbeat: Heartbeat): Uint8Array {
  const { epoch, height, slot, validator } = heartbeat;
  const said = [epoch, height, slot, validator];
  return concatBytes(HEARTBEAT, encodeRlp([domain.chainId, domain.genesisHash, ...said]));
}
