import { blsPublicKey, blsSign } from "@trellis/crypto";
import {
  type Heartbeat,
  heartbeatSignedBytes,
  type Proposal,
  proposalSignedBytes,
  type Vote,
  type VoteDomain,
  voteSignedBytes,
} from "@trellis/protocol";

export type VoteRequest = { readonly domain: VoteDomain } & (
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "heartbeat"; readonly heartbeat: Heartbeat }
);

/** Key in this process, or in an external signer with its own slashing protection. */
export interface VoteKey {
  readonly publicKey: Uint8Array;
  /** @throws VOTE_PROTECTED if the signer's own record forbids the signature */
  sign(request: VoteRequest): Uint8Array | Promise<Uint8Array>;
}

/** @param secret BLS secret of 32 bytes */
export function createVoteKey(secret: Uint8Array): VoteKey {
  return {
    publicKey: blsPublicKey(secret),
    sign: (request) => blsSign(signedBytesOf(request), secret),
  };
}

export function signedBytesOf(request: VoteRequest): Uint8Array {
  const { domain } = request;
  if (request.kind === "vote") return voteSignedBytes(domain, request.vote, request.vote.value);
  if (request.kind === "proposal") return proposalSignedBytes(domain, request.proposal);
  return heartbeatSignedBytes(domain, request.heartbeat);
}
