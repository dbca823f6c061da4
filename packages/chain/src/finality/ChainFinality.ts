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

interface VotePorts {
  readonly outbox: FinalityOutbox;
  readonly scheduler: Scheduler;
  readonly signers?: readonly ProtectedSigner[];
}

/** Inactive on networks without staking contracts. */
export class ChainFinality implements FinalityIntake, FinalityView {
  readonly #ports: ChainFinalityPorts;
  readonly #checkpoints: Checkpoints;
  readonly #watch: FinalityWatch;
  readonly #evidence: EvidenceStore;
  #gadget: FinalityGadget | undefined;
  #outbox: FinalityOutbox | undefined;
  #started: { readonly ports: VotePorts; readonly signers: ProtectedSigner[] } | undefined;

  constructor(ports: ChainFinalityPorts, queue: ImportQueue) {
    this.#ports = ports;
    this.#evidence = new EvidenceStore(ports, queue);
    this.#checkpoints = new Checkpoints(ports, queue);
    this.#watch = new FinalityWatch(ports, queue, this.#checkpoints);
  }

  start(ports: VotePorts): void {
    const { outbox, scheduler, signers = [] } = ports;
    const { parameters, clock, log, epochs, tracing } = this.#ports;
    if (!epochs.hasStaking) return;
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
    this.#evidence.keep(gadget.evidence);
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
    if (this.#checkpoints.isHandedOver() && number > this.#finalNumber) this.#gadget?.observedAhead();
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
    return votesToCarry(this.#ports, selectedParent, this.#gadget?.evidence.all() ?? []);
  }

  moved(imported: readonly Hash[]): void {
    if (!this.#ports.epochs.hasStaking) return;
    this.#checkpoints.finalizeAwaited();
    this.#gadget?.moved();
    for (const block of imported) this.#hearOf(block);
    if (this.#gadget !== undefined) this.#evidence.keep(this.#gadget.evidence);
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
