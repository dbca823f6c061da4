import { blsAggregate } from "@trellis/crypto";
import {
  type Ballot,
  type Certificate,
  type Hash,
  type Signed,
  signersToBits,
  type Vote,
} from "@trellis/protocol";

/** [FINAL-4] @param votes verified, of different validators, for one ballot and value */
export function certificateOf(
  { epoch, height, round, step }: Ballot,
  value: Hash,
  votes: readonly Signed<Vote>[],
  count: number,
): Certificate {
  return {
    epoch,
    height,
    round,
    step,
    value,
    signers: signersToBits(
      votes.map(({ message }) => message.validator),
      count,
    ),
    signature: blsAggregate(votes.map(({ signature }) => signature)),
  };
}
