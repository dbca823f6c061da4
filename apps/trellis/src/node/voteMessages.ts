import type { VoteRequest } from "@trellis/chain";
import { signerErrors } from "@trellis/platform/keys";
import { type Hash, VOTE_STEPS, type VoteDomain } from "@trellis/protocol";
import { z } from "zod";

const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hash);
const chainId = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,19})$/)
  .transform(BigInt);
const UINT32_MAX = 2 ** 32 - 1;
const count = z.int().min(0);
const round = z.int().min(0).max(UINT32_MAX);
const place = { epoch: count, height: count, validator: z.int().min(0).max(1_023) };
const domain = { chainId, genesisHash: hash };

const request = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("VOTE"),
    ...domain,
    vote: z.strictObject({ ...place, round, step: z.enum(VOTE_STEPS), value: hash.nullable() }),
  }),
  z.strictObject({
    type: z.literal("PROPOSAL"),
    ...domain,
    proposal: z.strictObject({ ...place, round, value: hash, validRound: z.int().min(-1).max(UINT32_MAX) }),
  }),
  z.strictObject({
    type: z.literal("HEARTBEAT"),
    ...domain,
    heartbeat: z.strictObject({ ...place, slot: count }),
  }),
]);
const domainOnly = z.strictObject(domain);

/** Web3Signer's format. The signer computes the signed bytes. */
export function writeVoteRequest(given: VoteRequest): object {
  const at = writeDomain(given.domain);
  if (given.kind === "vote")
    return { type: "VOTE", ...at, vote: { ...given.vote, value: given.vote.value ?? null } };
  if (given.kind === "proposal") return { type: "PROPOSAL", ...at, proposal: given.proposal };
  return { type: "HEARTBEAT", ...at, heartbeat: given.heartbeat };
}

export function writeDomain({ chainId: id, genesisHash }: VoteDomain) {
  return { chainId: String(id), genesisHash };
}

export function readVoteRequest(body: unknown): VoteRequest {
  const given = checked(request, body);
  const { chainId: id, genesisHash } = given;
  const at = { domain: { chainId: id, genesisHash } };
  if (given.type === "VOTE")
    return { ...at, kind: "vote", vote: { ...given.vote, value: given.vote.value ?? undefined } };
  if (given.type === "PROPOSAL") return { ...at, kind: "proposal", proposal: given.proposal };
  return { ...at, kind: "heartbeat", heartbeat: given.heartbeat };
}

export function readDomain(body: unknown): VoteDomain {
  return checked(domainOnly, body);
}

export function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw signerErrors.SIGNER_MESSAGE_INVALID({ at: read.error.issues[0]?.path.join(".").slice(0, 64) ?? "" });
}
