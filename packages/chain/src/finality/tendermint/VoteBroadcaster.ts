import { type Clock, isTrellisError, type Log } from "@trellis/base";
import type { Certificate, FinalityOutbox, ValidatorIndex } from "@trellis/protocol";
import type { OwnKeys } from "../doppelganger/OwnKeys.ts";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { CheckpointVote, Output } from "./CheckpointVote.ts";
import type { FinalityChain } from "./FinalityPorts.ts";
import { type Message, roundOf } from "./FutureMessages.ts";

/** Votes of other validators sent per repetition. */
const OTHERS_REPEATED = 2;

export type SigningRequest = Output & { readonly kind: "propose" | "vote" };

interface VoteBroadcasterPorts {
  readonly keys: Pick<OwnKeys, "signer" | "signing">;
  readonly chain: Pick<FinalityChain, "flush">;
  readonly outbox: Pick<FinalityOutbox, "vote" | "proposal">;
  readonly clock: Clock;
  readonly log: Log;
}

export class VoteBroadcaster {
  readonly #ports: VoteBroadcasterPorts;
  readonly #quietMs: number;
  #sent: Message[] = [];
  #sentMs = Number.NEGATIVE_INFINITY;
  #withheld: SigningRequest[] = [];
  #unsigned: { readonly request: SigningRequest; readonly retry: () => void }[] = [];
  #rotation = 0;
  #flushed: { readonly height: number; readonly done: Promise<void> } | undefined;
  #isStopped = false;

  /** @param quietMs nothing is repeated for this time after a new own message, which shows progress */
  constructor(quietMs: number, ports: VoteBroadcasterPorts) {
    this.#quietMs = quietMs;
    this.#ports = ports;
  }

  /** Signs nothing more, so that a reset can forget what the key has signed. [DEV-6] */
  stop(): void {
    this.#isStopped = true;
  }

  forget(): void {
    this.#sent = [];
    this.#withheld = [];
    this.#unsigned = [];
  }

  sign(request: SigningRequest, proof: Certificate | undefined, signed: (message: Message) => void): void {
    const { keys, log } = this.#ports;
    if (keys.signing === "listening") this.#withheld.push(request);
    const { signer } = keys;
    if (keys.signing !== "signing" || signer === undefined) return;
    this.#sign(signer, request, proof)
      .then((message) => message && signed(message))
      .catch((error: Error) => {
        if (isTrellisError(error, "VOTE_KEY_ELSEWHERE")) return;
        log.error("vote.signFailed", { error });
        if (isTrellisError(error, "VOTE_PROTECTED")) return;
        this.#unsigned.push({ request, retry: () => this.sign(request, proof, signed) });
      });
  }

  takeWithheld(round: number): SigningRequest[] {
    const withheld = this.#withheld;
    this.#withheld = [];
    return withheld.filter((request) => roundOfRequest(request) === round);
  }

  /** Also repeats the message while the round lasts. */
  broadcast(message: Message): void {
    const round = roundOf(message);
    this.#sent = [...this.#sent.filter((sent) => roundOf(sent) >= round), message];
    this.#sentMs = this.#ports.clock.nowMs();
    this.send(message);
  }

  send(message: Message): void {
    if (message.kind === "vote") this.#ports.outbox.vote(message.vote);
    else this.#ports.outbox.proposal(message.proposal);
  }

  /** While observing, repeats only the node's own messages. [FINAL-6] [NET-23] */
  rebroadcast(vote: CheckpointVote | undefined, self: ValidatorIndex | undefined): void {
    const { keys, clock } = this.#ports;
    const isVoting = vote !== undefined && self !== undefined && keys.signing !== "listening";
    if (isVoting) this.#retry(vote.round);
    if (clock.nowMs() - this.#sentMs < this.#quietMs) return;
    for (const message of this.#sent) this.send(message);
    if (!isVoting) return;
    const others = vote.votesOf(vote.round).filter(({ message }) => message.validator !== self);
    for (let count = 0; count < Math.min(OTHERS_REPEATED, others.length); count++) {
      this.#ports.outbox.vote(others[(self + this.#rotation++) % others.length]!);
    }
  }

  #retry(round: number): void {
    const unsigned = this.#unsigned;
    this.#unsigned = [];
    for (const { request, retry } of unsigned) if (roundOfRequest(request) === round) retry();
  }

  answer(vote: CheckpointVote, listener: ValidatorIndex): void {
    for (const sent of vote.newestOf(listener)) this.#ports.outbox.vote(sent);
  }

  /** @param signer signer at the request's height, which can end before signing completes */
  async #sign(
    signer: ProtectedSigner,
    request: SigningRequest,
    proof: Certificate | undefined,
  ): Promise<Message | undefined> {
    const bound = { memory: request.memory, proof };
    await this.#flushBelow((request.kind === "vote" ? request.vote : request.proposal).height);
    if (this.#isStopped) return undefined;
    if (request.kind === "vote") {
      return { kind: "vote", vote: await signer.signVote(request.vote, bound) };
    }
    const signed = await signer.signProposal(request.proposal, bound);
    const isProven = request.proposal.validRound >= 0;
    return { kind: "proposal", proposal: { ...signed, proof: isProven ? proof : undefined } };
  }

  /** If a power loss erased the previous certificate but not the log, the validator could not vote. */
  #flushBelow(height: number): Promise<void> {
    if (this.#flushed?.height === height) return this.#flushed.done;
    const done = this.#ports.chain.flush();
    this.#flushed = { height, done };
    done.catch(() => {
      if (this.#flushed?.done === done) this.#flushed = undefined;
    });
    return done;
  }
}

function roundOfRequest(request: SigningRequest): number {
  return (request.kind === "vote" ? request.vote : request.proposal).round;
}
