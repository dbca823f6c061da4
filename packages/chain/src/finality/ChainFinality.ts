import { isTrellisError, type Scheduler } from "@trellis/base";
import type {
  Certificate,
  Evidence,
  FinalityIntake,
  FinalityOutbox,
  FinalityProof,
  FinalityStatus,
  FinalityView,
  Hash,
  Heartbeat,
  ProvenProposal,
  Signed,
  VoteBundle,
  VoteOutcomes,
} from "@trellis/protocol";
import { crossLinksToCarry } from "../shards/crossLinksToCarry.ts";
import type { ChainFinalityPorts, ImportQueue } from "./ChainFinalityPorts.ts";
import { Checkpoints } from "./Checkpoints.ts";
import type { CarriedVotes } from "./certificates/findVotes.ts";
import { votesToCarry } from "./certificates/votesToCarry.ts";
import { finalityErrors } from "./errors.ts";
import { EvidenceStore } from "./evidence/EvidenceStore.ts";
import { FinalityGadget } from "./FinalityGadget.ts";
import { FinalityWatch } from "./FinalityWatch.ts";
import type { ProtectedSigner } from "./slashingProtection/ProtectedSigner.ts";
import { traceVotes } from "./traceVotes.ts";
import { stakedVoting } from "./voting/stakedVoting.ts";
import type { Voting } from "./voting/Voting.ts";

interface VotePorts {
  readonly outbox: FinalityOutbox;
  readonly scheduler: Scheduler;
  readonly signers?: readonly ProtectedSigner[];
}

/** Inactive on networks without validators. */
export class ChainFinality implements FinalityIntake, FinalityView {
  readonly #ports: ChainFinalityPorts;
  readonly #voting: Voting;
  readonly #checkpoints: Checkpoints;
  readonly #watch: FinalityWatch;
  readonly #evidence: EvidenceStore;
  readonly #reported = new WeakSet<Evidence>();
  #gadget: FinalityGadget | undefined;
  #outbox: FinalityOutbox | undefined;
  #started: { readonly ports: VotePorts; readonly signers: ProtectedSigner[] } | undefined;

  constructor(ports: ChainFinalityPorts, queue: ImportQueue) {
    this.#ports = ports;
    this.#evidence = new EvidenceStore(ports, queue);
    this.#voting = ports.shardVoting ?? stakedVoting(ports, queue);
    this.#checkpoints = new Checkpoints(ports, queue, this.#voting);
    this.#watch = new FinalityWatch(ports, queue, { checkpoints: this.#checkpoints, voting: this.#voting });
  }

  start(ports: VotePorts): void {
    const { outbox, scheduler, signers = [] } = ports;
    const { parameters, clock, log, tracing } = this.#ports;
    if (!this.#hasValidators) return;
    this.#started = { ports, signers: [...signers] };
    const gadget = new FinalityGadget(parameters.votes, signers, {
      chain: this.#checkpoints,
      outbox: traceVotes(outbox, tracing),
      clock,
      scheduler,
      log: log.child("finality"),
    });
    this.#gadget = gadget;
    this.#outbox = outbox;
    for (const evidence of this.#evidence.all()) gadget.evidence.add(evidence);
    this.#watch.start(gadget, scheduler);
    gadget.start();
    this.#checkpoints.finalizeAwaited();
  }

  /** @param begin removes all blocks but genesis [DEV-6] */
  async restart(begin: () => Promise<void>): Promise<void> {
    const started = this.#gadget && this.#started;
    this.stop();
    // First, because a key that has signed more than the chain holds would never vote again.
    for (const signer of started?.signers ?? []) await signer.forget();
    await begin();
    this.#evidence.clear();
    if (started !== undefined) this.start({ ...started.ports, signers: started.signers });
  }

  stop(): void {
    this.#gadget?.stop();
    this.#gadget = undefined;
    this.#watch.stop();
  }

  /** Call after `start`. [FINAL-27] */
  addSigner(signer: ProtectedSigner): void {
    this.#started?.signers.push(signer);
    this.#gadget?.addSigner(signer);
  }

  async receiveVotes(votes: VoteBundle): Promise<VoteOutcomes> {
    return this.#gadget?.receiveVotes(votes) ?? votes.map(({ message }) => this.#ahead(message.height));
  }

  receiveProposal(proposal: ProvenProposal): void {
    this.#gadgetAt(proposal.message.height).receiveProposal(proposal);
  }

  receiveCertificate(certificate: Certificate): void {
    this.#gadgetAt(certificate.height).receiveCertificate(certificate);
  }

  receiveEvidence(evidence: Evidence): void {
    const gadget = this.#gadgetAt(evidence.first.message.height);
    gadget.receiveEvidence(evidence);
    this.#keepEvidence();
  }

  submitEvidence(evidence: Evidence): void {
    this.receiveEvidence(evidence);
    this.#outbox?.evidence(evidence);
  }

  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void {
    this.#gadgetAt(heartbeat.message.height).receiveHeartbeat(heartbeat);
  }

  /** Before the handover, blocks become final without certificates, so none are requested. */
  receiveFinal(number: number): void {
    if (this.#voting.isHandedOver() && number > this.#finalNumber) this.#gadget?.observedAhead();
  }

  certificatesFrom(height: number, countMax: number): readonly Certificate[] {
    return this.#ports.certificates.from(height).take(countMax).toArray();
  }

  certificate(height: number): Certificate | undefined {
    return this.#ports.certificates.get(height);
  }

  proof(fromEpoch: number, countMax: number): FinalityProof {
    return this.#ports.setChanges.proof(fromEpoch, countMax);
  }

  /** Validators with known equivocations. */
  equivocations(): number {
    return this.#gadget?.evidence.all().length ?? 0;
  }

  status(): FinalityStatus {
    return this.#watch.status();
  }

  votesFor(selectedParent: Hash): CarriedVotes {
    const { blocks, states, parameters, crossLinks } = this.#ports;
    const votes = votesToCarry(this.#ports, selectedParent, this.#gadget?.evidence.all() ?? []);
    if (crossLinks === undefined || parameters.sharding === undefined) return votes;
    const number = blocks.storedHeader(selectedParent).number + 1;
    const carrying = { number, state: states.reader(selectedParent) };
    const carried = crossLinksToCarry(carrying, parameters.sharding.count, crossLinks);
    return { ...votes, crossShard: { batches: [], crossLinks: carried } };
  }

  moved(imported: readonly Hash[]): void {
    if (!this.#hasValidators) return;
    this.#checkpoints.finalizeAwaited();
    this.#gadget?.moved();
    for (const block of imported) this.#hearOf(block);
    this.#keepEvidence();
    this.#watch.look();
  }

  /** Certificates in bodies also reach nodes that were offline or whose peers withhold certificates. */
  #hearOf(block: Hash): void {
    const { blocks, certificates } = this.#ports;
    for (const certificate of blocks.storedBlock(block).body.certificates) {
      if (certificate.height <= certificates.finalHeight) continue;
      try {
        this.#gadget?.receiveCertificate(certificate);
      } catch (error) {
        if (!isTrellisError(error)) throw error;
      }
    }
  }

  #keepEvidence(): void {
    const gadget = this.#gadget;
    if (gadget === undefined) return;
    const { epochs, reportEvidence } = this.#ports;
    if (epochs.hasStaking) this.#evidence.keep(gadget.evidence);
    else
      for (const evidence of gadget.evidence.all())
        if (!this.#reported.has(evidence) && reportEvidence?.(evidence)) this.#reported.add(evidence);
  }

  get #hasValidators(): boolean {
    return this.#ports.epochs.hasStaking || this.#ports.shardVoting !== undefined;
  }

  get #finalNumber(): number {
    const { blocks, states } = this.#ports;
    return blocks.storedHeader(states.baseHash).number;
  }

  #gadgetAt(height: number): FinalityGadget {
    if (this.#gadget !== undefined) return this.#gadget;
    throw this.#ahead(height);
  }

  #ahead(height: number) {
    return finalityErrors.VOTE_HEIGHT_AHEAD({ height, current: this.#ports.certificates.finalHeight + 1 });
  }
}
