import { blsPublicKey, blsSign } from "@trellis/crypto";
import {
  type Certificate,
  type Hash,
  type Proposal,
  proposalSignedBytes,
  type Signed,
  type Vote,
  voteSignedBytes,
} from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { Memory, Step } from "../gadget/CheckpointVote.ts";
import { SIGNING_STEPS, type VoteLog, type VoteRecord } from "./VoteRecord.ts";

/** What is stored with a signature, to go on from after a restart. */
export interface Bound {
  readonly memory: Memory;
  readonly proof: Certificate | undefined;
}

interface Place {
  readonly height: number;
  readonly round: number;
  readonly step: Step;
  readonly value: Hash | undefined;
}

/**
 * Signs what contradicts nothing that it signed before, and stores it before anybody sees it. [FINAL-8]
 */
export class ProtectedSigner {
  readonly publicKey: Uint8Array;
  readonly #chainId: bigint;
  readonly #secret: Uint8Array;
  readonly #log: VoteLog;
  #last: VoteRecord | undefined;
  #line: Promise<unknown> = Promise.resolve();

  /** @param secret BLS, 32 bytes */
  constructor(chainId: bigint, secret: Uint8Array, log: VoteLog) {
    this.#chainId = chainId;
    this.#secret = secret;
    this.#log = log;
    this.publicKey = blsPublicKey(secret);
    this.#last = log.load();
  }

  /** What it signed last. */
  get last(): VoteRecord | undefined {
    return this.#last;
  }

  /** @throws VOTE_PROTECTED */
  async signVote(vote: Vote, bound: Bound): Promise<Signed<Vote>> {
    const bytes = voteSignedBytes(this.#chainId, vote, vote.value);
    return { message: vote, signature: await this.#sign(vote, bytes, bound) };
  }

  /** @throws VOTE_PROTECTED */
  async signProposal(proposal: Proposal, bound: Bound): Promise<Signed<Proposal>> {
    const bytes = proposalSignedBytes(this.#chainId, proposal);
    const signature = await this.#sign({ ...proposal, step: "propose" }, bytes, bound);
    return { message: proposal, signature };
  }

  #sign(place: Place, bytes: Uint8Array, bound: Bound): Promise<Uint8Array> {
    const signed = this.#line.then(() => this.#signNow(place, bytes, bound));
    this.#line = signed.catch(() => {});
    return signed;
  }

  async #signNow(place: Place, bytes: Uint8Array, bound: Bound): Promise<Uint8Array> {
    const last = this.#last;
    const order = last === undefined ? 1 : compare(place, last);
    if (last !== undefined && order === 0 && place.value === last.value) return last.signature;
    if (order <= 0) {
      const { height, round, step, value } = place;
      const signed = `${last!.height}/${last!.round}/${last!.step}`;
      throw finalityErrors.VOTE_PROTECTED({ height, round, step, value, signed });
    }
    const { height, round, step, value } = place;
    const record = { height, round, step, value, signature: blsSign(bytes, this.#secret), ...bound };
    await this.#log.save(record);
    this.#last = record;
    return record.signature;
  }
}

function compare(a: Place, b: Place): number {
  return (
    a.height - b.height || a.round - b.round || SIGNING_STEPS.indexOf(a.step) - SIGNING_STEPS.indexOf(b.step)
  );
}
