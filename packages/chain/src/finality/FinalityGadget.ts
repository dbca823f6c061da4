import type { Timer } from "@trellis/base";
import type {
  Certificate,
  Evidence,
  ProvenProposal,
  Signed,
  ValidatorIndex,
  ValidatorSigning,
  Vote,
} from "@trellis/protocol";
import { finalityErrors } from "./errors.ts";
import { EvidencePool } from "./evidence/EvidencePool.ts";
import type { FinalityPorts, VoteTimes } from "./FinalityPorts.ts";
import { CheckpointVote, type Output, type RoundTimer, type Step } from "./gadget/CheckpointVote.ts";
import { certificateOf } from "./gadget/certificateOf.ts";
import { DecidedHeights } from "./gadget/DecidedHeights.ts";
import { EarlyMessages, type Message, placeOf } from "./gadget/EarlyMessages.ts";
import { KeyWatch } from "./gadget/KeyWatch.ts";
import { proofOfLock } from "./gadget/proofOfLock.ts";
import { type Saying, Speaker } from "./gadget/Speaker.ts";
import { verifyProvenProposal } from "./gadget/verifyProvenProposal.ts";
import type { ProtectedSigner } from "./protection/ProtectedSigner.ts";
import type { OwnRecord, SignedPlace } from "./protection/VoteRecord.ts";
import { checkEvidence, type ValidatorSet } from "./ValidatorSet.ts";

/** A longer step helps nobody. */
const STEP_MS_MAX = 60_000;
/** Epochs of which evidence can be verified: two sets vote at a time. */
const SETS_MAX = 4;

/**
 * Votes on one checkpoint after another: checks what comes in, signs what goes out, and makes certificates of votes.
 * One step follows another, whatever comes meanwhile. No signature is verified of what could change nothing. [FINAL-10]
 */
export class FinalityGadget {
  /** What was found here, and what others sent. */
  readonly evidence = new EvidencePool();
  readonly #times: VoteTimes;
  readonly #ports: FinalityPorts;
  readonly #signer: ProtectedSigner | undefined;
  readonly #watch: KeyWatch;
  readonly #speaker: Speaker;
  readonly #decided: DecidedHeights;
  #height = 0;
  #set: ValidatorSet | undefined;
  /** Undefined while nobody votes here: nobody is known to vote, or the block of what is decided is awaited. */
  #vote: CheckpointVote | undefined;
  #proof: Certificate | undefined;
  /** Decided, and its block is not final here yet. */
  #awaited: Certificate | undefined;
  readonly #sets = new Map<number, ValidatorSet>();
  #early: EarlyMessages | undefined;
  readonly #timers = new Set<Timer>();
  #repeating: Timer | undefined;
  /** Since the last repetition. */
  #hasAskedFurther = false;
  #isStopped = false;

  /** @param signer of a validator; without one the gadget watches, and checks */
  constructor(times: VoteTimes, signer: ProtectedSigner | undefined, ports: FinalityPorts) {
    this.#times = times;
    this.#signer = signer;
    this.#ports = ports;
    const { proposeMs, prevoteMs, precommitMs, repeatMs } = times;
    this.#watch = new KeyWatch(signer, proposeMs + prevoteMs + precommitMs + repeatMs, {
      ...ports,
      isAwaiting: () => this.#awaited !== undefined,
      begin: () => this.#beginSigning(),
    });
    this.#speaker = new Speaker(signer, { ...ports, watch: this.#watch });
    this.#decided = new DecidedHeights(precommitMs, ports);
  }

  /** The checkpoint that is voted on, and how far the vote is; undefined while nobody votes here. */
  get status(): { readonly height: number; readonly round: number; readonly step: Step } | undefined {
    const vote = this.#vote;
    return vote === undefined ? undefined : { height: this.#height, round: vote.round, step: vote.step };
  }

  /** Undefined without a key. */
  get signing(): ValidatorSigning | undefined {
    return this.#watch.signing;
  }

  start(): void {
    this.#watch.start();
    this.#enterHeight();
    this.#repeat();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimers();
    this.#watch.stop();
    this.#repeating?.cancel();
    this.#decided.stop();
  }

  /**
   * @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, VOTE_KNOWN, VOTE_CONFLICTING, VOTE_ROUND_FAR, and what ValidatorSet's
   * verifyVote throws
   */
  receiveVote(signed: Signed<Vote>): void {
    const { message } = signed;
    if (message.height < this.#openHeight) {
      this.#receivePast(signed);
      return;
    }
    if (message.height > this.#height || this.#vote === undefined || this.#set === undefined) {
      this.#receiveEarly({ kind: "vote", vote: signed }, (set) => set.verifyVote(signed));
      return;
    }
    this.#set.checkSender(message);
    this.#vote.checkRound(message);
    this.#admit(this.#set, this.#vote, signed);
    this.#follow(this.#vote.vote(signed));
  }

  /**
   * @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, VOTE_KNOWN, VOTE_CONFLICTING, VOTE_ROUND_FAR, and what
   * verifyProvenProposal throws
   */
  receiveProposal(proposal: ProvenProposal): void {
    const { message } = proposal;
    if (message.height < this.#openHeight) throw this.#pastHeight(message.height);
    if (message.height > this.#height || this.#vote === undefined || this.#set === undefined) {
      this.#receiveEarly({ kind: "proposal", proposal }, (set) => verifyProvenProposal(set, proposal));
      return;
    }
    this.#set.checkProposer(message);
    const { validator, round, value, validRound } = message;
    this.#vote.checkRound(message);
    const first = this.#vote.proposalOf(round);
    if (first !== undefined) {
      const isSame = first.value === value && first.validRound === validRound;
      throw finalityErrors[isSame ? "VOTE_KNOWN" : "VOTE_CONFLICTING"]({ validator, round, value });
    }
    verifyProvenProposal(this.#set, proposal);
    this.#hear(this.#set, { ...message, step: "propose" });
    this.#follow(this.#vote.propose(message, proposal.proof !== undefined));
  }

  /**
   * Certificates of one epoch need no order: the later one makes final what those between would have. [FINAL-4]
   * @throws VOTE_HEIGHT_PAST, VOTE_HEIGHT_AHEAD, CERTIFICATE_STEP_WRONG, and what verifyCertificate throws
   */
  receiveCertificate(certificate: Certificate): void {
    const { height, step, epoch } = certificate;
    if (step !== "precommit") throw finalityErrors.CERTIFICATE_STEP_WRONG({ height, step });
    if (height < this.#openHeight) {
      this.#decided.dispute(certificate);
      throw this.#pastHeight(height);
    }
    const isOfOtherEpoch = epoch !== this.#set?.epoch;
    // Of the height that is voted on the epoch is known for sure; of later ones it may be the next.
    if (
      this.#set === undefined ||
      (isOfOtherEpoch && (height > this.#height || this.#awaited !== undefined))
    ) {
      throw this.#further(height);
    }
    this.#set.verifyCertificate(certificate);
    this.#watch.caughtUp();
    this.#decide(certificate, this.#set, height === this.#height ? this.#vote : undefined, true);
  }

  /**
   * Of an epoch whose votes this node follows or followed. Kept in `evidence` for blocks.
   * @throws EVIDENCE_INVALID, EVIDENCE_KNOWN, EVIDENCE_EPOCH_UNKNOWN, and what verifyVote throws
   */
  receiveEvidence(evidence: Evidence): void {
    checkEvidence(evidence);
    const { epoch, validator, height } = evidence.first.message;
    if (this.evidence.has(epoch, validator)) throw finalityErrors.EVIDENCE_KNOWN({ epoch, validator });
    const set = this.#sets.get(epoch);
    if (set === undefined) throw finalityErrors.EVIDENCE_EPOCH_UNKNOWN({ epoch, validator, height });
    set.verifyEvidence(evidence);
    this.evidence.add(evidence);
  }

  /** The chain has moved: there may be something new to vote on, or a checkpoint is final now. */
  moved(): void {
    if (this.#isStopped) return;
    const isFinal = this.#ports.chain.finalHeight() >= this.#height;
    if (isFinal || (this.#set === undefined && this.#awaited === undefined)) this.#enterHeight();
    else if (this.#vote !== undefined) this.#follow(this.#vote.blocksCame());
  }

  /** The lowest height that is not decided. */
  get #openHeight(): number {
    return this.#awaited === undefined ? this.#height : this.#awaited.height + 1;
  }

  get #self(): ValidatorIndex | undefined {
    return this.#signer && this.#set?.indexOf(this.#signer.publicKey);
  }

  /** Goes to the height after the newest checkpoint. */
  #enterHeight(): void {
    const { chain } = this.#ports;
    this.#cancelTimers();
    this.#speaker.forget();
    this.#proof = undefined;
    this.#vote = undefined;
    this.#height = chain.finalHeight() + 1;
    const set = chain.validators(this.#height);
    this.#set = set !== undefined && set.power.total > 0n ? set : undefined;
    if (this.#awaited !== undefined && this.#awaited.height < this.#height) this.#awaited = undefined;
    if (this.#set === undefined) return;
    this.#rememberSet(this.#set);
    if (this.#awaited === undefined) this.#beginVote(this.#set);
  }

  #beginVote(set: ValidatorSet): void {
    const last = this.#signer?.last;
    // What it was bound to at this height, or later, it no longer knows: it watches.
    const isBarred = last !== undefined && last.height >= this.#height && last.own === undefined;
    const isBeyond = last !== undefined && last.height > this.#height;
    const self = isBarred || isBeyond ? undefined : this.#self;
    const remembered = last?.height === this.#height ? last.own : undefined;
    this.#proof = remembered?.proof;
    const vote = this.#createVote(set, this.#height, self, remembered);
    this.#vote = vote;
    if (this.#watch.signing !== "listening" || self === undefined) this.#follow(vote.start());
    if (this.#vote !== vote) return;
    if (remembered !== undefined && self !== undefined) this.#sayAgain(last!, remembered, self, vote);
    this.#takeEarly(set, vote);
  }

  #createVote(
    set: ValidatorSet,
    height: number,
    self: ValidatorIndex | undefined,
    own?: OwnRecord,
  ): CheckpointVote {
    const { chain } = this.#ports;
    const options = { epoch: set.epoch, height, power: set.power, self };
    return new CheckpointVote(own === undefined ? options : { ...options, memory: own.memory }, {
      valueToPropose: () => chain.valueToPropose(),
      validity: (value, isBacked) => chain.validity(value, isBacked),
      proposer: (round) => set.proposer(height, round),
    });
  }

  /** What was signed before a restart may not have been sent. */
  #sayAgain(place: SignedPlace, own: OwnRecord, validator: ValidatorIndex, vote: CheckpointVote): void {
    const { height, round, step, value } = place;
    const { signature, memory, proof } = own;
    const at = { epoch: this.#set!.epoch, height, round, validator };
    if (step !== "propose") {
      const signed = { message: { ...at, step, value }, signature };
      this.#speaker.announce({ kind: "vote", vote: signed });
      this.#follow(vote.vote(signed));
      return;
    }
    const validRound = memory.validValue === undefined ? -1 : memory.validRound;
    const message = { ...at, value: value!, validRound };
    this.#speaker.announce({
      kind: "proposal",
      proposal: { message, signature, proof: validRound < 0 ? undefined : proof },
    });
    this.#follow(vote.propose(message, true));
  }

  /** Verified by the set of the same epoch already. */
  #takeEarly(set: ValidatorSet, vote: CheckpointVote): void {
    const early = this.#early;
    if (early === undefined || early.height > this.#height) return;
    this.#early = undefined;
    if (early.height !== this.#height || early.epoch !== set.epoch) return;
    for (const message of early.all()) {
      if (this.#vote !== vote) return;
      if (message.kind === "vote") this.#follow(vote.vote(message.vote));
      else this.#follow(vote.propose(message.proposal.message, message.proposal.proof !== undefined));
    }
  }

  /** Of the next height they wait; what is further ahead is not looked at. */
  #receiveEarly(message: Message, verify: (set: ValidatorSet) => void): void {
    const place = placeOf(message);
    const { height, epoch, validator, round } = place;
    const next = this.#awaited === undefined ? this.#height + 1 : this.#openHeight;
    const set = this.#set;
    if (set === undefined || epoch !== set.epoch) throw this.#further(height);
    if (height !== next) {
      this.#hearAhead(set, message, verify);
      throw this.#further(height);
    }
    set.checkSender(place);
    const early = this.#early?.height === next ? this.#early : new EarlyMessages(next, epoch);
    early.checkRound(place);
    const first = early.get(message);
    if (first !== undefined) {
      const isSame = placeOf(first).value === place.value;
      throw finalityErrors[isSame ? "VOTE_KNOWN" : "VOTE_CONFLICTING"]({ validator, height, round });
    }
    verify(set);
    this.#hear(set, { ...place, step: message.kind === "vote" ? message.vote.message.step : "propose" });
    early.add(message);
    this.#early = early;
    this.#further(height);
  }

  /** Of heights ahead only this: whether somebody signs there with this node's key. */
  #hearAhead(set: ValidatorSet, message: Message, verify: (set: ValidatorSet) => void): void {
    const place = placeOf(message);
    this.#watch.heardFurther();
    if (this.#watch.signing !== "listening" || place.validator !== this.#self) return;
    verify(set);
    this.#hear(set, { ...place, step: message.kind === "vote" ? message.vote.message.step : "propose" });
  }

  /** Of decided heights: precommits that came late, and contradictions. */
  #receivePast(signed: Signed<Vote>): void {
    const { message } = signed;
    const decided = this.#decided.get(message.height);
    if (decided === undefined) throw this.#pastHeight(message.height);
    decided.set.checkSender(message);
    const isLate = this.#decided.isLate(message);
    if (!isLate && decided.vote.voteOf(message) === undefined) throw this.#pastHeight(message.height);
    this.#admit(decided.set, decided.vote, signed);
    decided.vote.vote(signed);
    if (isLate) this.#decided.addLate(signed);
  }

  /** Verifies a vote that is new. Another vote of the same ballot is verified if it is news that somebody lied. */
  #admit(set: ValidatorSet, vote: CheckpointVote, signed: Signed<Vote>): void {
    const { message } = signed;
    const { epoch, height, round, step, validator, value } = message;
    const first = vote.voteOf(message)?.message;
    const facts = { validator, height, round, step };
    if (first !== undefined && first.value === value) throw finalityErrors.VOTE_KNOWN(facts);
    if (first !== undefined && this.evidence.has(epoch, validator)) {
      throw finalityErrors.VOTE_CONFLICTING(facts);
    }
    set.verifyVote(signed);
    this.#hear(set, message);
    if (first === undefined) return;
    this.#report(vote.vote(signed));
    throw finalityErrors.VOTE_CONFLICTING(facts);
  }

  /** Something that the validator signed. */
  #hear(set: ValidatorSet, place: SignedPlace & { readonly validator: ValidatorIndex }): void {
    if (this.#signer === undefined) return;
    this.#watch.heard(place.validator, set.indexOf(this.#signer.publicKey), place);
  }

  #pastHeight(height: number) {
    return finalityErrors.VOTE_HEIGHT_PAST({ height, current: this.#openHeight });
  }

  /** Somebody is further, or says so: the certificates between are asked for, now and then. */
  #further(height: number) {
    const current = this.#openHeight;
    if (height > current && !this.#hasAskedFurther) {
      this.#hasAskedFurther = true;
      this.#ports.outbox.behind(current);
    }
    return finalityErrors.VOTE_HEIGHT_AHEAD({ height, current });
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
          this.#report([output]);
          break;
        case "decided": {
          const ballot = { epoch: this.#set!.epoch, height: this.#height, round: output.round } as const;
          const votes = vote.votesFor(output.round, "precommit", output.value);
          const step = "precommit";
          const { count } = this.#set!.power;
          this.#decide(
            certificateOf({ ...ballot, step }, output.value, votes, count),
            this.#set!,
            vote,
            false,
          );
        }
      }
    }
  }

  /** Evidence goes to the others and into blocks; not against this node's own key: others will see to that. */
  #report(outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.kind !== "evidence") continue;
      const { epoch, validator, height } = output.evidence.first.message;
      const set = this.#sets.get(epoch);
      const isOwn = this.#signer !== undefined && set?.indexOf(this.#signer.publicKey) === validator;
      if (isOwn || this.evidence.has(epoch, validator)) continue;
      this.#ports.log.warn("a validator voted twice", { validator, height });
      this.evidence.add(output.evidence);
      this.#ports.outbox.evidence(output.evidence);
    }
  }

  /** It is kept as long as its value is held on to, whatever becomes of the votes. */
  #rememberProof(vote: CheckpointVote): void {
    if (vote.valid === undefined || this.#proof?.round === vote.valid.round) return;
    this.#proof = proofOfLock(vote, this.#set!, this.#height) ?? this.#proof;
  }

  /** Nobody else signs with this key, as far as could be heard. */
  #beginSigning(): void {
    const vote = this.#vote;
    if (vote === undefined) return;
    for (const saying of this.#speaker.takeHeld(vote.round)) this.#say(vote, saying);
    this.#follow(vote.start());
  }

  /** Stores, signs, sends, and counts it here. */
  #say(vote: CheckpointVote, saying: Saying): void {
    this.#speaker.say(saying, this.#proof, (message) => {
      if (this.#isStopped) return;
      if (this.#vote !== vote) {
        this.#sayLate(message);
        return;
      }
      this.#speaker.announce(message);
      if (message.kind === "vote") this.#follow(vote.vote(message.vote));
      else this.#follow(vote.propose(message.proposal.message, true));
    });
  }

  /** Others decided while it was being stored. */
  #sayLate(message: Message): void {
    if (message.kind !== "vote" || !this.#decided.isLate(message.vote.message)) return;
    this.#speaker.send(message);
    this.#receivePast(message.vote);
  }

  /**
   * The block may come later; nothing is voted on before it is final here. It travels, and goes into blocks, when those
   * who were a little late have signed too.
   * @param vote of its height, if this node has followed that
   * @param isTold by others, who pass it on
   */
  #decide(
    certificate: Certificate,
    set: ValidatorSet,
    vote: CheckpointVote | undefined,
    isTold: boolean,
  ): void {
    const { chain, log } = this.#ports;
    const { height, round, value } = certificate;
    this.#cancelTimers();
    this.#speaker.forget();
    this.#vote = undefined;
    this.#awaited = certificate;
    this.#decided.add({ set, vote: vote ?? this.#createVote(set, height, undefined), certificate }, isTold);
    log.info("checkpoint", { height, round, block: value });
    chain.finalize(certificate);
    this.#decided.tellIfFull();
    if (chain.finalHeight() >= this.#height) this.#enterHeight();
  }

  #rememberSet(set: ValidatorSet): void {
    this.#sets.set(set.epoch, set);
    for (const [epoch] of this.#sets) {
      if (this.#sets.size <= SETS_MAX) return;
      this.#sets.delete(epoch);
    }
  }

  #startTimer(vote: CheckpointVote, timer: RoundTimer): void {
    const base = this.#times[`${timer.step}Ms`];
    const delayMs = Math.min(base + timer.round * this.#times.growthMs, STEP_MS_MAX);
    const handle = this.#ports.scheduler.after(delayMs, () => {
      this.#timers.delete(handle);
      if (this.#vote === vote) this.#follow(vote.timedOut(timer));
    });
    this.#timers.add(handle);
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** Lost messages are said again as long as the round lasts, own ones and in turn those of others. [FINAL-6] */
  #repeat(): void {
    this.#repeating = this.#ports.scheduler.after(this.#times.repeatMs, () => {
      this.#hasAskedFurther = false;
      this.#speaker.repeat(this.#vote, this.#self);
      this.#repeat();
    });
  }
}
