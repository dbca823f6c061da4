import type { Log, Scheduler, Timer } from "@trellis/base";
import { isTrellisError } from "@trellis/base";
import { blsAggregate } from "@trellis/crypto";
import {
  type Certificate,
  type Evidence,
  type Hash,
  type ProvenProposal,
  type Signed,
  signersToBits,
  type ValidatorIndex,
  type Vote,
  type VoteStep,
} from "@trellis/protocol";
import { finalityErrors } from "./errors.ts";
import {
  CheckpointVote,
  type Output,
  type RoundTimer,
  type Step,
  type Validity,
} from "./gadget/CheckpointVote.ts";
import type { ProtectedSigner } from "./protection/ProtectedSigner.ts";
import type { VoteRecord } from "./protection/VoteRecord.ts";
import type { ValidatorSet } from "./ValidatorSet.ts";

/** What the gadget asks of the chain, and tells it. */
export interface FinalityChain {
  /** The height of the newest checkpoint that is final here, its block included; 0 for genesis. */
  finalHeight(): number;
  /** Who votes on a height; undefined while the state that says it is not final here. */
  validators(height: number): ValidatorSet | undefined;
  /** What this node would make final next; undefined while the chain is too short for another checkpoint. */
  valueToPropose(): Hash | undefined;
  validity(value: Hash): Validity;
  /** Keeps the certificate, and makes its block final as soon as it is here: `moved` is called when that is done. */
  finalize(certificate: Certificate): void;
}

/** How messages reach the other validators. */
export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  /** Somebody is further: the certificates from this height on are wanted. */
  behind(fromHeight: number): void;
  evidence(evidence: Evidence): void;
}

/** Times of the steps: each grows by `growthMs` a round. [FINAL-6] */
export interface FinalityTimes {
  readonly proposeMs: number;
  readonly prevoteMs: number;
  readonly precommitMs: number;
  readonly growthMs: number;
  /** What was said in the round at hand is said again after this time. */
  readonly repeatMs: number;
}

export interface FinalityPorts {
  readonly chain: FinalityChain;
  readonly outbox: FinalityOutbox;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** A longer step helps nobody. */
const STEP_MS_MAX = 60_000;
/** Messages of the next height that wait until this node is there: a proposal and the votes of a set in a round. */
const EARLY_MAX = 4_096;

type Message =
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal };

/**
 * Votes on one checkpoint after another: checks what comes in, signs what goes out, and makes certificates of votes.
 * One step follows another, whatever comes meanwhile.
 */
export class FinalityGadget {
  readonly #times: FinalityTimes;
  readonly #ports: FinalityPorts;
  readonly #signer: ProtectedSigner | undefined;
  #height = 0;
  #set: ValidatorSet | undefined;
  #vote: CheckpointVote | undefined;
  #proof: Certificate | undefined;
  /** What this node said in the round at hand. */
  #said: Message[] = [];
  #early: Message[] = [];
  #timers = new Set<Timer>();
  #isStopped = false;

  /** @param signer of a validator; without one the gadget watches, and checks */
  constructor(times: FinalityTimes, signer: ProtectedSigner | undefined, ports: FinalityPorts) {
    this.#times = times;
    this.#signer = signer;
    this.#ports = ports;
  }

  /** The checkpoint that is voted on, and how far the vote is; undefined while nobody knows who votes. */
  get status(): { readonly height: number; readonly round: number; readonly step: Step } | undefined {
    const vote = this.#vote;
    return vote === undefined ? undefined : { height: this.#height, round: vote.round, step: vote.step };
  }

  start(): void {
    this.#enterHeight();
    this.#repeat();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
  }

  /** @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, and what ValidatorSet's verifyVote throws */
  receiveVote(signed: Signed<Vote>): void {
    const { vote, set } = this.#voteAt(signed.message.height, { kind: "vote", vote: signed });
    set.verifyVote(signed);
    this.#follow(vote.vote(signed));
  }

  /** @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, PROPOSAL_PROOF_INVALID, and what verifyProposal throws */
  receiveProposal(proposal: ProvenProposal): void {
    const { message, proof } = proposal;
    const { vote, set } = this.#voteAt(message.height, { kind: "proposal", proposal });
    set.verifyProposal(proposal);
    if (message.validRound >= message.round) throw finalityErrors.PROPOSAL_PROOF_INVALID({ ...message });
    if (proof !== undefined) verifyProof(set, proposal, proof);
    this.#follow(vote.propose(message, proof !== undefined));
  }

  /** Certificates come in the order of their heights. @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, CERTIFICATE_STEP_WRONG, and what verifyCertificate throws */
  receiveCertificate(certificate: Certificate): void {
    if (certificate.step !== "precommit") {
      throw finalityErrors.CERTIFICATE_STEP_WRONG({ height: certificate.height, step: certificate.step });
    }
    const { set } = this.#voteAt(certificate.height);
    set.verifyCertificate(certificate);
    this.#decide(certificate);
  }

  /** The chain has moved: there may be something new to vote on, or a checkpoint is final now. */
  moved(): void {
    if (this.#ports.chain.finalHeight() >= this.#height) this.#enterHeight();
    else if (this.#vote !== undefined) this.#follow(this.#vote.blocksCame());
  }

  /** Goes to the height after the newest checkpoint. */
  #enterHeight(): void {
    const { chain } = this.#ports;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#said = [];
    this.#proof = undefined;
    this.#height = chain.finalHeight() + 1;
    this.#set = chain.validators(this.#height);
    this.#vote = undefined;
    if (this.#set === undefined) return;
    const self = this.#signer && this.#set.indexOf(this.#signer.publicKey);
    const last = this.#signer?.last;
    const remembered = last?.height === this.#height ? last : undefined;
    this.#proof = remembered?.proof;
    const options = { epoch: this.#set.epoch, height: this.#height, power: this.#set.power, self };
    this.#vote = new CheckpointVote(
      remembered === undefined ? options : { ...options, memory: remembered.memory },
      {
        valueToPropose: () => chain.valueToPropose(),
        validity: (value) => chain.validity(value),
        proposer: (round) => this.#set!.proposer(this.#height, round),
      },
    );
    this.#follow(this.#vote.start());
    if (remembered !== undefined && self !== undefined) this.#sayAgain(remembered, self, this.#vote);
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#receiveEarly(message);
  }

  /** What was signed before a restart may not have been sent. */
  #sayAgain(record: VoteRecord, validator: ValidatorIndex, vote: CheckpointVote): void {
    const { height, round, step, value, signature, memory, proof } = record;
    const place = { epoch: this.#set!.epoch, height, round, validator };
    if (step !== "propose") {
      const signed = { message: { ...place, step, value }, signature };
      this.#announce({ kind: "vote", vote: signed });
      this.#follow(vote.vote(signed));
      return;
    }
    const validRound = memory.validValue === undefined ? -1 : memory.validRound;
    const message = { ...place, value: value!, validRound };
    this.#announce({
      kind: "proposal",
      proposal: { message, signature, proof: validRound < 0 ? undefined : proof },
    });
    this.#follow(vote.propose(message, true));
  }

  /** Who sent it is not known any more. */
  #receiveEarly(message: Message): void {
    try {
      if (message.kind === "vote") this.receiveVote(message.vote);
      else this.receiveProposal(message.proposal);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
    }
  }

  #voteAt(height: number, message?: Message): { readonly vote: CheckpointVote; readonly set: ValidatorSet } {
    if (height < this.#height) throw finalityErrors.VOTE_HEIGHT_PAST({ height, current: this.#height });
    if (height > this.#height || this.#vote === undefined || this.#set === undefined) {
      if (height === this.#height + 1 && message !== undefined && this.#early.length < EARLY_MAX) {
        this.#early.push(message);
      }
      if (height > this.#height) this.#ports.outbox.behind(this.#height);
      throw finalityErrors.VOTE_HEIGHT_AHEAD({ height, current: this.#height });
    }
    return { vote: this.#vote, set: this.#set };
  }

  #follow(outputs: readonly Output[]): void {
    const vote = this.#vote!;
    this.#rememberProof(vote);
    for (const output of outputs) {
      switch (output.kind) {
        case "propose":
        case "vote":
          this.#say(vote, output);
          break;
        case "timer":
          this.#startTimer(vote, output.timer);
          break;
        case "evidence":
          this.#ports.log.warn("a validator voted twice", {
            validator: output.evidence.first.message.validator,
            height: this.#height,
          });
          this.#ports.outbox.evidence(output.evidence);
          break;
        case "decided":
          this.#decide(this.#certify(vote, output.round, "precommit", output.value));
      }
    }
  }

  /** Two thirds of prevotes are kept as long as their value is held on to. */
  #rememberProof(vote: CheckpointVote): void {
    const { valid } = vote;
    if (valid === undefined || this.#proof?.round === valid.round) return;
    const power = this.#set!.power;
    const votes = vote.votesFor(valid.round, "prevote", valid.value);
    const sum = votes.reduce((total, { message }) => total + power.of(message.validator), 0n);
    if (power.isQuorum(sum)) this.#proof = this.#certify(vote, valid.round, "prevote", valid.value);
  }

  /** Stores, signs, sends, and counts it here. */
  #say(vote: CheckpointVote, output: Output & { readonly kind: "propose" | "vote" }): void {
    const bound = { memory: output.memory, proof: this.#proof };
    const said = async (): Promise<void> => {
      if (output.kind === "vote") {
        const signed = await this.#signer!.signVote(output.vote, bound);
        if (this.#vote !== vote || this.#isStopped) return;
        this.#announce({ kind: "vote", vote: signed });
        this.#follow(vote.vote(signed));
      } else {
        const signed = await this.#signer!.signProposal(output.proposal, bound);
        if (this.#vote !== vote || this.#isStopped) return;
        const proof = output.proposal.validRound < 0 ? undefined : bound.proof;
        this.#announce({ kind: "proposal", proposal: { ...signed, proof } });
        this.#follow(vote.propose(output.proposal, true));
      }
    };
    said().catch((error: Error) => {
      this.#ports.log.error("a vote was not signed", { height: this.#height, error });
    });
  }

  #announce(message: Message): void {
    const round = roundOf(message);
    this.#said = [...this.#said.filter((said) => roundOf(said) >= round), message];
    this.#send(message);
  }

  #send(message: Message): void {
    if (message.kind === "vote") this.#ports.outbox.vote(message.vote);
    else this.#ports.outbox.proposal(message.proposal);
  }

  #certify(vote: CheckpointVote, round: number, step: VoteStep, value: Hash): Certificate {
    const votes = vote.votesFor(round, step, value);
    const { epoch, power } = this.#set!;
    return {
      ...{ epoch, height: this.#height, round, step, value },
      signers: signersToBits(
        votes.map(({ message }) => message.validator),
        power.count,
      ),
      signature: blsAggregate(votes.map(({ signature }) => signature)),
    };
  }

  /** The block may come later; nothing is voted on before it is final here. */
  #decide(certificate: Certificate): void {
    const { chain, outbox, log } = this.#ports;
    const { height, round, value } = certificate;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#said = [];
    log.info("checkpoint", { height, round, block: value });
    outbox.certificate(certificate);
    chain.finalize(certificate);
    if (chain.finalHeight() >= this.#height) this.#enterHeight();
  }

  #startTimer(vote: CheckpointVote, timer: RoundTimer): void {
    const base = this.#times[`${timer.step}Ms`];
    const delayMs = Math.min(base + timer.round * this.#times.growthMs, STEP_MS_MAX);
    this.#after(delayMs, () => {
      if (this.#vote === vote) this.#follow(vote.timedOut(timer));
    });
  }

  /** Lost messages are said again as long as the round lasts. */
  #repeat(): void {
    this.#ports.scheduler.after(this.#times.repeatMs, () => {
      if (this.#isStopped) return;
      for (const message of this.#said) this.#send(message);
      this.#repeat();
    });
  }

  #after(delayMs: number, task: () => void): void {
    const timer = this.#ports.scheduler.after(delayMs, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }
}

function roundOf(message: Message): number {
  return message.kind === "vote" ? message.vote.message.round : message.proposal.message.round;
}

/** @throws PROPOSAL_PROOF_INVALID, and what verifyCertificate throws */
function verifyProof(set: ValidatorSet, { message }: ProvenProposal, proof: Certificate): void {
  const { height, validRound, value } = message;
  const isOfIt =
    proof.height === height &&
    proof.round === validRound &&
    proof.step === "prevote" &&
    proof.value === value;
  if (!isOfIt) throw finalityErrors.PROPOSAL_PROOF_INVALID({ height, validRound, value });
  set.verifyCertificate(proof);
}
