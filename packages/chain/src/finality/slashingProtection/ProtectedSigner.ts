import { SerialQueue } from "@trellis/base";
import type { Heartbeat, Proposal, Signed, Vote, VoteDomain } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import {
  compareHeights,
  comparePositions,
  type OwnRecord,
  type SigningPosition,
  type SigningWatermark,
  type VoteLog,
} from "./SigningWatermark.ts";
import { createVoteKey, type VoteKey, type VoteRequest } from "./VoteKey.ts";

export type Bound = Omit<OwnRecord, "signature">;

/** [FINAL-8] */
export class ProtectedSigner {
  readonly publicKey: Uint8Array;
  readonly #domain: VoteDomain;
  readonly #key: VoteKey;
  readonly #log: VoteLog;
  readonly #isByEpoch: boolean;
  #last: SigningWatermark | undefined;
  #isOutdated: boolean;
  #isMarked: boolean;
  #elsewhere: SigningPosition | undefined;
  readonly #signatures = new SerialQueue();

  /**
   * @param key BLS secret of 32 bytes, or a key in an external signer
   * @param isByEpoch in shard n > 0 [SHARD-16.1]
   */
  constructor(domain: VoteDomain, key: Uint8Array | VoteKey, log: VoteLog, isByEpoch = false) {
    this.#isByEpoch = isByEpoch;
    this.#domain = domain;
    this.#key = key instanceof Uint8Array ? createVoteKey(key) : key;
    this.#log = log;
    this.publicKey = this.#key.publicKey;
    this.#last = log.load();
    this.#isMarked = log.restored !== undefined;
    this.#isOutdated = log.restored !== undefined && log.restored.resumption === undefined;
  }

  /** True until `settle`: the log is from a backup, so the key may have signed more. [FINAL-28] */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** First round in which the key signs at this height. [FINAL-28.2] */
  firstRound(height: number): number {
    const resumption = this.#log.restored?.resumption;
    return resumption !== undefined && height <= resumption.height ? resumption.round : 0;
  }

  /**
   * The key signs nothing up to the height after `height`. Its votes at that height are by another process.
   * @param height current height of the network
   */
  settle(height: number): void {
    if (!this.#isOutdated) return;
    this.#isOutdated = false;
    const floor = {
      height: height + 1,
      round: 0,
      step: "propose",
      value: undefined,
      own: undefined,
    } as const;
    if (this.#last === undefined || comparePositions(floor, this.#last) > 0) this.#last = floor;
  }

  /** Only for a controlled devnet, whose chain begins again: nobody else knows the votes. [DEV-6] */
  forget(): Promise<void> {
    return this.#signatures.run(async () => {
      await this.#log.save(undefined);
      this.#last = undefined;
    });
  }

  get last(): SigningWatermark | undefined {
    return this.#last;
  }

  /** @throws VOTE_PROTECTED, VOTE_KEY_ELSEWHERE */
  async signVote(vote: Vote, bound: Bound): Promise<Signed<Vote>> {
    const request = { kind: "vote", domain: this.#domain, vote } as const;
    return { message: vote, signature: await this.#sign(vote, request, bound) };
  }

  /** @throws VOTE_PROTECTED, VOTE_KEY_ELSEWHERE */
  async signProposal(proposal: Proposal, bound: Bound): Promise<Signed<Proposal>> {
    const request = { kind: "proposal", domain: this.#domain, proposal } as const;
    const signature = await this.#sign({ ...proposal, step: "propose" }, request, bound);
    return { message: proposal, signature };
  }

  /** Heartbeats cannot equivocate, so nothing is stored. */
  async signHeartbeat(heartbeat: Heartbeat): Promise<Signed<Heartbeat>> {
    const request = { kind: "heartbeat", domain: this.#domain, heartbeat } as const;
    return { message: heartbeat, signature: await this.#key.sign(request) };
  }

  #sign(position: SigningPosition, request: VoteRequest, bound: Bound): Promise<Uint8Array> {
    return this.#signatures.run(() => this.#signNow(position, request, bound));
  }

  /**
   * True if another process has signed. This signer then stops permanently. [FINAL-12]
   * @param seen position of a message signed by the key
   */
  isElsewhere(seen: SigningPosition): boolean {
    if (this.#isOutdated || seen.round < this.firstRound(seen.height)) return false;
    const last = this.#last;
    const order = last === undefined ? 1 : comparePositions(seen, last);
    const isForeign = order > 0 || (order === 0 && seen.value !== last!.value);
    if (isForeign) this.#elsewhere ??= seen;
    return isForeign;
  }

  async #signNow(position: SigningPosition, request: VoteRequest, bound: Bound): Promise<Uint8Array> {
    const last = this.#last;
    const order = last === undefined ? 1 : comparePositions(position, last);
    const { epoch, height, round, step, value } = position;
    const facts = { ...(this.#isByEpoch ? { epoch } : {}), height, round, step, value };
    this.#checkElsewhere(facts);
    if (last?.own !== undefined && order === 0 && value === last.value) return last.own.signature;
    const isBlind = last?.own === undefined && last !== undefined && compareHeights(position, last) <= 0;
    const first = this.firstRound(height);
    if (order <= 0 || this.#isOutdated || round < first || (isBlind && first === 0)) {
      throw finalityErrors.VOTE_PROTECTED({ ...facts, signed: last && textOf(last) });
    }
    const signed = this.#key.sign(request);
    // A local key signs synchronously, so that no other event can intervene.
    const signature = signed instanceof Uint8Array ? signed : await signed;
    const { memory, proof } = bound;
    const record: SigningWatermark = { ...facts, own: { signature, memory, proof } };
    await this.#log.save(record);
    this.#last = record;
    if (this.#isMarked && first === 0) {
      await this.#log.settle?.();
      this.#isMarked = false;
    }
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
