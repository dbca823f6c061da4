import { bytesEqual, type Timer } from "@trellis/base";
import {
  bitsToSigners,
  type Certificate,
  type Evidence,
  type Hash,
  type Heartbeat,
  type ListeningFor,
  type ProvenProposal,
  type Signed,
  type ValidatorIndex,
  type ValidatorSigning,
  type Vote,
  type VoteBundle,
  type VoteOutcomes,
} from "@trellis/protocol";
import { certificateOf } from "./certificates/certificateOf.ts";
import { Heartbeats } from "./doppelganger/Heartbeats.ts";
import { OwnKeys } from "./doppelganger/OwnKeys.ts";
import { finalityErrors } from "./errors.ts";
import { EvidenceIntake } from "./evidence/EvidenceIntake.ts";
import type { EvidencePool } from "./evidence/EvidencePool.ts";
import type { ProtectedSigner } from "./slashingProtection/ProtectedSigner.ts";
import type { SigningPosition, Step } from "./slashingProtection/SigningWatermark.ts";
import type { CheckpointVote, Output } from "./tendermint/CheckpointVote.ts";
import { createVote } from "./tendermint/createVote.ts";
import { type DecidedBy, DecidedHeights } from "./tendermint/DecidedHeights.ts";
import type { FinalityPorts, VoteTimes } from "./tendermint/FinalityPorts.ts";
import { contentOf, FutureMessages, type Message, signingPositionOf } from "./tendermint/FutureMessages.ts";
import { isVoid, pastHeight } from "./tendermint/otherHeights.ts";
import { proofOfLock } from "./tendermint/proofOfLock.ts";
import { RoundTimers } from "./tendermint/RoundTimers.ts";
import { messageOf, resumptionAt } from "./tendermint/resumption.ts";
import { type Admission, VoteBatches } from "./tendermint/VoteBatches.ts";
import { type SigningRequest, VoteBroadcaster } from "./tendermint/VoteBroadcaster.ts";
import { verifyProvenProposal } from "./tendermint/verifyProvenProposal.ts";
import { KnownSets } from "./validatorSets/KnownSets.ts";
import type { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

/** [FINAL-10] */
export class FinalityGadget {
  readonly evidence: EvidencePool;
  readonly #times: VoteTimes;
  readonly #ports: FinalityPorts;
  readonly #keys: OwnKeys;
  readonly #broadcaster: VoteBroadcaster;
  readonly #decided: DecidedHeights;
  readonly #batches = new VoteBatches((signed) => {
    // The node may stop during a verification.
    if (this.#isStopped) throw this.#further(signed.message.height);
    return this.#examine(signed);
  });
  #height = 0;
  #set: ValidatorSet | undefined;
  #vote: CheckpointVote | undefined;
  #proof: Certificate | undefined;
  /** The own vote may be the vote log's, whose signature nobody has verified. */
  #isResumed = false;
  /** Certificate of a block that has not arrived or is not final yet. */
  #awaited: Certificate | undefined;
  readonly #sets = new KnownSets();
  readonly #evidence: EvidenceIntake;
  #future: FutureMessages | undefined;
  readonly #heartbeats: Heartbeats;
  readonly #timers: RoundTimers;
  #repeating: Timer | undefined;
  #hasAskedAhead = false;
  #isStopped = false;

  /** @param signers if empty, the node only observes */
  constructor(times: VoteTimes, signers: readonly ProtectedSigner[], ports: FinalityPorts) {
    this.#times = times;
    this.#ports = ports;
    const { proposeMs, prevoteMs, precommitMs, repeatMs } = times;
    this.#keys = new OwnKeys(signers, proposeMs + prevoteMs + precommitMs + repeatMs, {
      ...ports,
      voters: () => (this.#awaited === undefined ? this.#set : undefined),
      wasMember: (publicKey) => ports.chain.wasMember(publicKey),
      height: () => this.#openHeight,
      begin: () => this.#beginSigning(),
    });
    this.#broadcaster = new VoteBroadcaster(repeatMs / 2, { ...ports, keys: this.#keys });
    this.#evidence = new EvidenceIntake(this.#sets, (publicKey) => this.#keys.isOwn(publicKey), ports);
    this.evidence = this.#evidence.pool;
    this.#decided = new DecidedHeights(precommitMs, ports);
    this.#heartbeats = new Heartbeats(repeatMs, ports.clock);
    this.#timers = new RoundTimers(times, ports.scheduler);
  }

  get status(): { readonly height: number; readonly round: number; readonly step: Step } | undefined {
    const vote = this.#vote;
    return vote === undefined ? undefined : { height: this.#height, round: vote.round, step: vote.step };
  }

  get signing(): ValidatorSigning | undefined {
    return this.#keys.signing;
  }

  get listeningFor(): ListeningFor | undefined {
    return this.#keys.listeningFor;
  }

  start(): void {
    this.#keys.start();
    this.#enterHeight();
    this.#repeat();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timers.cancel();
    this.#broadcaster.stop();
    this.#keys.stop();
    this.#repeating?.cancel();
    this.#decided.stop();
  }

  addSigner(signer: ProtectedSigner): void {
    const wasMember = this.#self !== undefined;
    this.#keys.add(signer);
    if (!wasMember && this.#self !== undefined) this.#enterHeight();
  }

  indexIn(set: ValidatorSet): ValidatorIndex | undefined {
    return this.#keys.indexIn(set);
  }

  receiveVote(signed: Signed<Vote>): void {
    const { set, accept } = this.#examine(signed);
    set.verifyVote(signed);
    accept();
  }

  /** Verifies new signatures off the thread, together with those of other waiting bundles. */
  receiveVotes(votes: VoteBundle): Promise<VoteOutcomes> {
    return this.#batches.receive(votes);
  }

  receiveProposal(proposal: ProvenProposal): void {
    const { message } = proposal;
    if (message.height < this.#openHeight) throw pastHeight(message.height, this.#openHeight);
    if (message.height > this.#height || this.#vote === undefined || this.#set === undefined) {
      const { set, accept } = this.#examineFuture({ kind: "proposal", proposal });
      verifyProvenProposal(set, proposal);
      accept();
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
    this.#observe(this.#set, { ...message, step: "propose" });
    this.#follow(this.#vote.propose(message, proposal.proof !== undefined));
  }

  receiveCertificate(certificate: Certificate): void {
    const { height, step, epoch } = certificate;
    if (step !== "precommit")
      throw finalityErrors.FINALITY_CERTIFICATE_INVALID({ reason: "step is not precommit", height, step });
    if (height < this.#openHeight) {
      this.#decided.dispute(certificate);
      throw pastHeight(height, this.#openHeight);
    }
    const isOfOtherEpoch = epoch !== this.#set?.epoch;
    // A later height may be in the next epoch, whose validators are unknown.
    if (
      this.#set === undefined ||
      (isOfOtherEpoch && (height > this.#height || this.#awaited !== undefined))
    ) {
      throw this.#further(height);
    }
    this.#set.verifyCertificate(certificate);
    this.#observeCertified(this.#set, certificate);
    this.#decide(certificate, this.#set, height === this.#height ? this.#vote : undefined, "certificate");
    this.#keys.caughtUp();
  }

  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void {
    const { epoch, height, validator } = heartbeat.message;
    const current = this.#openHeight;
    if (height < current) throw pastHeight(height, this.#openHeight);
    if (height > current) this.#keys.observedAhead();
    const set = this.#set;
    if (set === undefined || epoch !== set.epoch) throw this.#further(height);
    this.#heartbeats.receive(set, heartbeat);
    if (height > current) {
      this.#further(height);
      return;
    }
    this.#keys.observed(set, validator, "heartbeat");
    if (this.#vote !== undefined && this.#self !== undefined) this.#broadcaster.answer(this.#vote, validator);
  }

  receiveEvidence(evidence: Evidence): void {
    this.#evidence.receive(evidence);
  }

  observedAhead(): void {
    if (this.#hasAskedAhead) return;
    this.#hasAskedAhead = true;
    this.#ports.outbox.requestCertificates(this.#openHeight);
  }

  moved(): void {
    if (this.#isStopped) return;
    const { chain } = this.#ports;
    const isReopened = isVoid(chain, this.#height, this.#set);
    if (isReopened) this.#awaited = undefined;
    const isOver = isReopened || chain.finalHeight() >= this.#height;
    if (isOver || (this.#set === undefined && this.#awaited === undefined)) this.#enterHeight();
    else if (this.#vote !== undefined) this.#follow(this.#vote.blocksCame());
  }

  get #openHeight(): number {
    return this.#awaited === undefined ? this.#height : this.#awaited.height + 1;
  }

  get #self(): ValidatorIndex | undefined {
    return this.#set && this.#keys.indexIn(this.#set);
  }

  #enterHeight(): void {
    const { chain } = this.#ports;
    this.#timers.cancel();
    this.#broadcaster.forget();
    this.#proof = undefined;
    this.#vote = undefined;
    this.#height = chain.finalHeight() + 1;
    const set = chain.validators(this.#height);
    this.#set = set !== undefined && set.power.total > 0n ? set : undefined;
    if (this.#awaited !== undefined && this.#awaited.height < this.#height) this.#awaited = undefined;
    if (this.#set === undefined) return;
    this.#keys.enter(this.#set);
    this.#sets.remember(this.#set);
    if (this.#awaited !== undefined) return;
    this.#beginVote(this.#set);
    this.#keys.heightBegan();
  }

  #beginVote(set: ValidatorSet): void {
    const { mayVote, own, memory } = resumptionAt(this.#height, this.#keys.signer, set.epoch);
    const self = mayVote ? this.#self : undefined;
    this.#proof = own?.proof;
    this.#isResumed = own !== undefined;
    const vote = createVote(this.#ports.chain, set, { height: this.#height, self, memory });
    this.#vote = vote;
    if (this.#keys.signing !== "listening" || self === undefined) this.#beginVoting(set, vote);
    if (this.#vote === vote) this.#replayFuture(set, vote);
  }

  /** Sends a vote from before a restart only after observing. [FINAL-12] */
  #beginVoting(set: ValidatorSet, vote: CheckpointVote): void {
    const { signer } = this.#keys;
    const { own } = resumptionAt(this.#height, signer, set.epoch);
    const validator = this.#self;
    for (const request of this.#broadcaster.takeWithheld(vote.round)) this.#sign(vote, request);
    // Sent last, because this message may trigger further votes.
    if (own !== undefined && validator !== undefined && this.#keys.signing === "signing") {
      this.#broadcast(vote, messageOf(signer!.last!, own, { epoch: set.epoch, validator }));
    }
    if (this.#vote === vote) this.#follow(vote.start());
  }

  #broadcast(vote: CheckpointVote, message: Message): void {
    this.#broadcaster.broadcast(message);
    if (message.kind === "vote") this.#follow(vote.vote(message.vote));
    else this.#follow(vote.propose(message.proposal.message, true));
  }

  #replayFuture(set: ValidatorSet, vote: CheckpointVote): void {
    const future = this.#future;
    if (future === undefined || future.height > this.#height) return;
    this.#future = undefined;
    if (future.height !== this.#height || future.epoch !== set.epoch) return;
    for (const message of future.all()) {
      if (this.#vote !== vote) return;
      if (message.kind === "vote") this.#follow(vote.vote(message.vote));
      else this.#follow(vote.propose(message.proposal.message, message.proposal.proof !== undefined));
    }
  }

  /** @throws if the signature need not be verified */
  #examine(signed: Signed<Vote>): Admission {
    const { message } = signed;
    if (message.height < this.#openHeight) return this.#examinePast(signed);
    const [set, vote] = [this.#set, this.#vote];
    if (message.height > this.#height || vote === undefined || set === undefined)
      return this.#examineFuture({ kind: "vote", vote: signed });
    set.checkSender(message);
    vote.checkRound(message);
    return this.#examineIn({ set, vote }, signed, () => this.#follow(vote.vote(signed)));
  }

  #examineFuture(message: Message): Admission {
    const content = contentOf(message);
    const { height, epoch } = content;
    const next = this.#awaited === undefined ? this.#height + 1 : this.#openHeight;
    const set = this.#set;
    if (set === undefined || epoch !== set.epoch) throw this.#further(height);
    if (height !== next) return this.#examineAhead(set, message);
    set.checkSender(content);
    const future = this.#future?.height === next ? this.#future : new FutureMessages(next, epoch);
    future.check(message);
    return {
      set,
      accept: () => {
        this.#observe(set, signingPositionOf(message));
        future.add(message);
        this.#future = future;
        this.#further(height);
      },
    };
  }

  /** Verifies a message of a later height only if it uses this node's key. */
  #examineAhead(set: ValidatorSet, message: Message): Admission {
    const position = signingPositionOf(message);
    const isOwn = this.#keys.signing === "listening" && position.validator === this.#self;
    const accept = (): void => {
      this.#keys.observedAhead();
      if (isOwn) this.#observe(set, position);
      throw this.#further(position.height);
    };
    if (!isOwn) accept();
    return { set, accept };
  }

  #examinePast(signed: Signed<Vote>): Admission {
    const { message } = signed;
    const decided = this.#decided.get(message.height);
    if (decided === undefined) throw pastHeight(message.height, this.#openHeight);
    decided.set.checkSender(message);
    const isKnown = decided.vote.voteOf(message) !== undefined;
    if (!isKnown && !this.#decided.isLate(message)) throw pastHeight(message.height, this.#openHeight);
    return this.#examineIn(decided, signed, () => this.#decided.addLate(signed));
  }

  /** Verifies a second vote for a ballot only if it is new evidence. */
  #examineIn(
    { set, vote }: { readonly set: ValidatorSet; readonly vote: CheckpointVote },
    signed: Signed<Vote>,
    count: () => void,
  ): Admission {
    const { message } = signed;
    const { epoch, height, round, step, validator, value } = message;
    const first = vote.voteOf(message);
    const facts = { validator, height, round, step };
    if (first?.message.value === value && first !== undefined) {
      // Repetitions show that the validator is online.
      if (bytesEqual(first.signature, signed.signature)) this.#keys.observed(set, validator, "vote");
      throw finalityErrors.VOTE_KNOWN(facts);
    }
    if (first === undefined && this.#isUnneeded(vote, message)) {
      throw finalityErrors.VOTE_UNTIMELY({ reason: "a quorum has prevoted for this value", ...facts });
    }
    if (first !== undefined && this.evidence.has(epoch, validator)) {
      throw finalityErrors.VOTE_CONFLICTING(facts);
    }
    return {
      set,
      accept: () => {
        this.#observe(set, message);
        if (first === undefined) return count();
        this.#evidence.report({ first, second: signed });
        throw finalityErrors.VOTE_CONFLICTING(facts);
      },
    };
  }

  /** An observing validator needs all votes, and an own vote may show another process. [FINAL-12] */
  #isUnneeded(vote: CheckpointVote, { round, step, value, validator }: Vote): boolean {
    if (step !== "prevote" || this.#keys.signing === "listening" || validator === this.#self) return false;
    return vote.hasQuorumFor(round, step, value);
  }

  #observe(set: ValidatorSet, position: SigningPosition & { readonly validator: ValidatorIndex }): void {
    this.#keys.observedVote(set, position.validator, position);
  }

  /** The certificate may contain this validator's own precommit from before a restart. */
  #observeCertified(set: ValidatorSet, certificate: Certificate): void {
    const self = this.#self;
    if (this.#keys.signing !== "signing" || self === undefined) return;
    if (bitsToSigners(certificate.signers).includes(self))
      this.#observe(set, { ...certificate, validator: self });
  }

  #further(height: number) {
    const current = this.#openHeight;
    if (height > current) this.observedAhead();
    return finalityErrors.VOTE_HEIGHT_AHEAD({ height, current });
  }

  #follow(outputs: readonly Output[]): void {
    const vote = this.#vote!;
    this.#rememberProof(vote);
    for (const output of outputs) {
      switch (output.kind) {
        case "propose":
        case "vote":
          this.#sign(vote, output);
          break;
        case "timer":
          this.#timers.start(output.timer, this.#keys.signer?.firstRound(this.#height) ?? 0, () => {
            if (this.#vote === vote) this.#follow(vote.timedOut(output.timer));
          });
          break;
        case "evidence":
          this.#evidence.report(output.evidence);
          break;
        case "decided":
          this.#certify(vote, output.round, output.value);
      }
    }
  }

  #certify(vote: CheckpointVote, round: number, value: Hash): void {
    const set = this.#set!;
    const ballot = { epoch: set.epoch, height: this.#height, round, step: "precommit" } as const;
    const votes = vote.votesFor(round, "precommit", value);
    const certificate = certificateOf(ballot, value, votes, set.power.count);
    if (!this.#isResumed) set.remember(certificate);
    this.#decide(certificate, set, vote, "votes");
  }

  /** Keeps the proof, because the vote drops prevotes of old rounds. */
  #rememberProof(vote: CheckpointVote): void {
    if (vote.valid === undefined || this.#proof?.round === vote.valid.round) return;
    this.#proof = proofOfLock(vote, this.#set!, this.#height) ?? this.#proof;
  }

  #beginSigning(): void {
    if (this.#vote !== undefined) this.#beginVoting(this.#set!, this.#vote);
  }

  #sign(vote: CheckpointVote, request: SigningRequest): void {
    if (this.#isStopped) return;
    this.#broadcaster.sign(request, this.#proof, (message) => {
      if (this.#isStopped) return;
      if (this.#vote === vote) this.#broadcast(vote, message);
      else this.#sendLate(message);
    });
  }

  /** The height may have been decided while the vote was being stored. */
  #sendLate(message: Message): void {
    if (message.kind !== "vote" || !this.#decided.isLate(message.vote.message)) return;
    this.#broadcaster.send(message);
    this.#decided.addLate(message.vote);
  }

  #decide(
    certificate: Certificate,
    set: ValidatorSet,
    vote: CheckpointVote | undefined,
    by: DecidedBy,
  ): void {
    const { chain, log } = this.#ports;
    const { height, round, value } = certificate;
    this.#timers.cancel();
    this.#broadcaster.forget();
    this.#vote = undefined;
    this.#awaited = certificate;
    const followed = vote ?? createVote(chain, set, { height, self: undefined, memory: undefined });
    this.#decided.add({ set, vote: followed, certificate }, by);
    log.info("checkpoint.decided", { height, round, block: value });
    chain.finalize(certificate);
    this.#decided.publishIfFull();
    if (chain.finalHeight() >= this.#height) this.#enterHeight();
  }

  #repeat(): void {
    this.#repeating = this.#ports.scheduler.after(this.#times.repeatMs, () => {
      this.#hasAskedAhead = false;
      this.#broadcaster.rebroadcast(this.#vote, this.#self);
      this.#sendHeartbeat();
      this.#repeat();
    });
  }

  /** Without heartbeats, validators that start together would wait for each other. [FINAL-23] */
  #sendHeartbeat(): void {
    const validator = this.#self;
    if (this.#keys.signing !== "listening" || this.#vote === undefined || validator === undefined) return;
    const at = { epoch: this.#set!.epoch, height: this.#height, validator };
    const { outbox, log } = this.#ports;
    this.#heartbeats
      .create(this.#keys.signer!, at)
      ?.then((heartbeat) => outbox.heartbeat(heartbeat))
      .catch((error: Error) => log.error("heartbeat.signFailed", { error }));
  }
}
