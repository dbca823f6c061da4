import { SerialQueue } from "@trellis/base";
import { blsPublicKey, blsSign } from "@trellis/crypto";
import {
  type Heartbeat,
  heartbeatSignedBytes,
  type Proposal,
  proposalSignedBytes,
  type Signed,
  type Vote,
  type VoteDomain,
  voteSignedBytes,
} from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import {
  comparePositions,
  type OwnRecord,
  type SigningPosition,
  type SigningWatermark,
  type VoteLog,
} from "./SigningWatermark.ts";

export type Bound = Omit<OwnRecord, "signature">;

/** Stores each signature before use. [FINAL-8] */
export class ProtectedSigner {
  readonly publicKey: Uint8Array;
  readonly #domain: VoteDomain;
  readonly #secret: Uint8Array;
  readonly #log: VoteLog;
  #last: SigningWatermark | undefined;
  #elsewhere: SigningPosition | undefined;
  readonly #signatures = new SerialQueue();

  /** @param secret BLS, 32 bytes */
  constructor(domain: VoteDomain, secret: Uint8Array, log: VoteLog) {
    this.#domain = domain;
    this.#secret = secret;
    this.#log = log;
    this.publicKey = blsPublicKey(secret);
    this.#last = log.load();
  }

  get last(): SigningWatermark | undefined {
    return this.#last;
  }

  /** @throws VOTE_PROTECTED, VOTE_KEY_ELSEWHERE; errors of the log */
  async signVote(vote: Vote, bound: Bound): Promise<Signed<Vote>> {
    const bytes = voteSignedBytes(this.#domain, vote, vote.value);
    return { message: vote, signature: await this.#sign(vote, bytes, bound) };
  }

  /** @throws VOTE_PROTECTED, VOTE_KEY_ELSEWHERE; errors of the log */
  async signProposal(proposal: Proposal, bound: Bound): Promise<Signed<Proposal>> {
    const bytes = proposalSignedBytes(this.#domain, proposal);
    const signature = await this.#sign({ ...proposal, step: "propose" }, bytes, bound);
    return { message: proposal, signature };
  }

  /** Heartbeats cannot equivocate, so nothing is stored. */
  signHeartbeat(heartbeat: Heartbeat): Signed<Heartbeat> {
    const bytes = heartbeatSignedBytes(this.#domain, heartbeat);
    return { message: heartbeat, signature: blsSign(bytes, this.#secret) };
  }

  #sign(position: SigningPosition, bytes: Uint8Array, bound: Bound): Promise<Uint8Array> {
    return this.#signatures.run(() => this.#signNow(position, bytes, bound));
  }

  /**
   * Whether the key signed something above the watermark, or something else at it. If so, this signer stops
   * permanently. [FINAL-12]
   * @param seen verified position
   */
  isElsewhere(seen: SigningPosition): boolean {
    const last = this.#last;
    const order = last === undefined ? 1 : comparePositions(seen, last);
    const isForeign = order > 0 || (order === 0 && seen.value !== last!.value);
    if (isForeign) this.#elsewhere ??= seen;
    return isForeign;
  }

  async #signNow(position: SigningPosition, bytes: Uint8Array, bound: Bound): Promise<Uint8Array> {
    const last = this.#last;
    const order = last === undefined ? 1 : comparePositions(position, last);
    const { height, round, step, value } = position;
    const facts = { height, round, step, value };
    this.#checkElsewhere(facts);
    if (last?.own !== undefined && order === 0 && value === last.value) return last.own.signature;
    if (last !== undefined && (order <= 0 || (last.own === undefined && height <= last.height))) {
      throw finalityErrors.VOTE_PROTECTED({ ...facts, signed: textOf(last) });
    }
    const signature = blsSign(bytes, this.#secret);
    const { memory, proof } = bound;
    const record: SigningWatermark = { ...facts, own: { signature, memory, proof } };
    await this.#log.save(record);
    this.#last = record;
    // Another use of the key may have been observed during the save.
    this.#checkElsewhere(facts);
    return signature;
  }

  #checkElsewhere(facts: SigningPosition): void {
    if (this.#elsewhere === undefined) return;
    throw finalityErrors.VOTE_KEY_ELSEWHERE({ ...facts, seen: textOf(this.#elsewhere) });
  }
}

function textOf({ height, round, step }: SigningPosition): string {
  return `${height}/${round}/${step}`;
}
