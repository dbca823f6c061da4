import { concatBytes } from "@trellis/base";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import type { Hash } from "../words.ts";
import { type Ballot, type Proposal, VOTE_STEPS } from "./Vote.ts";

const VOTE = new TextEncoder().encode("trellis: vote\0");
const PROPOSAL = new TextEncoder().encode("trellis: proposal\0");

/** What a vote's signature covers: not the validator, so that those of one value make one aggregate. [FINAL-1] */
export function voteSignedBytes(chainId: bigint, ballot: Ballot, value: Hash | undefined): Uint8Array {
  const { epoch, height, round, step } = ballot;
  const fields = [chainId, epoch, height, round, VOTE_STEPS.indexOf(step), value ?? new Uint8Array(0)];
  return concatBytes(VOTE, encodeRlp(fields));
}

/** What a proposal's signature covers. [FINAL-2] */
export function proposalSignedBytes(chainId: bigint, proposal: Proposal): Uint8Array {
  const { epoch, height, round, value, validRound, validator } = proposal;
  return concatBytes(
    PROPOSAL,
    encodeRlp([chainId, epoch, height, round, value, BigInt(validRound + 1), validator]),
  );
}
