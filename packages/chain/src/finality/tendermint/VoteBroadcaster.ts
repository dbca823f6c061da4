import { isTrellisError, type Log } from "@trellis/base";
import type { Certificate, FinalityOutbox, ValidatorIndex } from "@trellis/protocol";
import type { DoppelgangerGuard } from "../doppelganger/DoppelgangerGuard.ts";
import type { FinalityChain } from "../FinalityPorts.ts";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { CheckpointVote, Output } from "./CheckpointVote.ts";
import { type Message, roundOf } from "./FutureMessages.ts";

/** Votes of others that a validator says again beside its own: among all of them everything is said again. */
const OTHERS_REPEATED = 2;

/** What a validator is to say. */
export type SigningRequest = Output & { readonly kind: "propose" | "vote" };

interface VoteBroadcasterPorts {
  readonly guard: Pick<DoppelgangerGuard, "signing">;
  readonly chain: Pick<FinalityChain, "flush">;
  readonly outbox: Pick<FinalityOutbox, "vote" | "proposal">;
  readonly log: Log;
}

/** Signs and sends what a validator says, and says it again. */
export class VoteBroadcaster {
  readonly #signer: ProtectedSigner | undefined;
  readonly #ports: VoteBroadcasterPorts;
  /** In the round at hand. */
  #sent: Message[] = [];
  /** What it would have said, had it not been listening. */
  #withheld: SigningRequest[] = [];
  /** What could not be stored, to be tried again. */
  #unsigned: { readonly request: SigningRequest; readonly retry: () => void }[] = [];
  #rotation = 0;
  /** That what is final below a height outlives a loss of power. */
  #flushed: { readonly height: number; readonly done: Promise<void> } | undefined;

  constructor(signer: ProtectedSigner | undefined, ports: VoteBroadcasterPorts) {
    this.#signer = signer;
    this.#ports = ports;
  }

  /** What was said at another height is not said again. */
  forget(): void {
    this.#sent = [];
    this.#withheld = [];
    this.#unsigned = [];
  }

  /**
   * Stores it, and signs it.
   * @param signed is given what is to be sent
   */
  sign(request: SigningRequest, proof: Certificate | undefined, signed: (message: Message) => void): void {
    const { guard, log } = this.#ports;
    if (guard.signing === "listening") this.#withheld.push(request);
    if (guard.signing !== "signing") return;
    this.#sign(request, proof)
      .then(signed)
      .catch((error: Error) => {
        // That is said where it is heard.
        if (isTrellisError(error, "VOTE_KEY_ELSEWHERE")) return;
        log.error("a vote was not signed", { error });
        if (isTrellisError(error, "VOTE_PROTECTED")) return;
        this.#unsigned.push({ request, retry: () => this.sign(request, proof, signed) });
      });
  }

  /** What was held back while it listened, of the round at hand. */
  takeWithheld(round: number): SigningRequest[] {
    const withheld = this.#withheld;
    this.#withheld = [];
    return withheld.filter((request) => roundOfRequest(request) === round);
  }

  /** Sends it, again and again while the round lasts. */
  broadcast(message: Message): void {
    const round = roundOf(message);
    this.#sent = [...this.#sent.filter((sent) => roundOf(sent) >= round), message];
    this.send(message);
  }

  send(message: Message): void {
    if (message.kind === "vote") this.#ports.outbox.vote(message.vote);
    else this.#ports.outbox.proposal(message.proposal);
  }

  /**
   * Says again what was said in the round at hand, and in turn what others said. So a validator that lost its log hears
   * what it said, and who was cut off hears what was said meanwhile. What could not be stored is tried again. [FINAL-6]
   * Who listens leaves it to others: gossip carries what is said again once in a slot, whoever says it [NET-23], and of
   * what it says itself it hears nothing.
   */
  rebroadcast(vote: CheckpointVote | undefined, self: ValidatorIndex | undefined): void {
    for (const message of this.#sent) this.send(message);
    if (vote === undefined || self === undefined || this.#ports.guard.signing === "listening") return;
    const unsigned = this.#unsigned;
    this.#unsigned = [];
    for (const { request, retry } of unsigned) if (roundOfRequest(request) === vote.round) retry();
    const others = vote.votesOf(vote.round).filter(({ message }) => message.validator !== self);
    for (let count = 0; count < Math.min(OTHERS_REPEATED, others.length); count++) {
      this.#ports.outbox.vote(others[(self + this.#rotation++) % others.length]!);
    }
  }

  /** Tells a validator that listens what it said at this height last, as far as that is known here. [FINAL-12] */
  answer(vote: CheckpointVote, listener: ValidatorIndex): void {
    for (const sent of vote.newestOf(listener)) this.#ports.outbox.vote(sent);
  }

  async #sign(request: SigningRequest, proof: Certificate | undefined): Promise<Message> {
    const bound = { memory: request.memory, proof };
    await this.#flushBelow((request.kind === "vote" ? request.vote : request.proposal).height);
    if (request.kind === "vote") {
      return { kind: "vote", vote: await this.#signer!.signVote(request.vote, bound) };
    }
    const signed = await this.#signer!.signProposal(request.proposal, bound);
    const isProven = request.proposal.validRound >= 0;
    return { kind: "proposal", proposal: { ...signed, proof: isProven ? proof : undefined } };
  }

  /**
   * A loss of power must not take the certificate of the height before and leave the log of what was signed at this one:
   * the validator signs nothing at the former any more, and where nobody else has its certificate, nobody ever will.
   */
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
