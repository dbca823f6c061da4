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
  Presence,
  ProvenProposal,
  Signed,
  Vote,
} from "@trellis/protocol";
import { finalityErrors } from "../../finality/errors.ts";
import { FinalityGadget } from "../../finality/FinalityGadget.ts";
import type { ProtectedSigner } from "../../finality/protection/ProtectedSigner.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import { Checkpoints } from "./Checkpoints.ts";
import { EvidenceStore } from "./EvidenceStore.ts";
import { FinalityWatch } from "./FinalityWatch.ts";
import type { CarriedVotes } from "./findVotes.ts";
import { votesToCarry } from "./votesToCarry.ts";

/** What the vote needs of a node beside its chain. */
export interface VotePorts {
  /** How messages reach other nodes; where there are none, one that says nothing. */
  readonly outbox: FinalityOutbox;
  readonly scheduler: Scheduler;
  /** Of a validator; without one the node watches, and checks. */
  readonly signer?: ProtectedSigner;
}

/**
 * Finality by votes, for a chain: takes messages in, votes where it has a signer, makes final what has two thirds, and
 * tells how far that is. On a network without validators it does nothing.
 */
export class ChainFinality implements FinalityIntake, FinalityView {
  readonly #stages: Stages;
  readonly #checkpoints: Checkpoints;
  readonly #watch: FinalityWatch;
  readonly #evidence: EvidenceStore;
  #gadget: FinalityGadget | undefined;
  #outbox: FinalityOutbox | undefined;

  constructor(stages: Stages, importer: Importer) {
    this.#stages = stages;
    this.#evidence = new EvidenceStore(stages, importer);
    this.#checkpoints = new Checkpoints(stages, importer);
    this.#watch = new FinalityWatch(stages, importer, this.#checkpoints);
  }

  /** Begins to vote, or to watch. Before it, messages are refused as ahead of what this node can judge. */
  start({ outbox, scheduler, signer }: VotePorts): void {
    const { options, ports, epochs } = this.#stages;
    if (!epochs.hasStaking) return;
    const gadget = new FinalityGadget(options.parameters.votes, signer, {
      chain: this.#checkpoints,
      outbox,
      clock: ports.clock,
      scheduler,
      log: ports.log.child("finality"),
    });
    this.#gadget = gadget;
    this.#outbox = outbox;
    for (const evidence of this.#evidence.all()) gadget.evidence.add(evidence);
    this.#watch.start(gadget, scheduler, signer?.publicKey);
    gadget.start();
    this.#checkpoints.finalizeAwaited();
  }

  /** Messages that still come are refused as before the start: nothing more may be read, decided or awaited. */
  stop(): void {
    this.#gadget?.stop();
    this.#gadget = undefined;
    this.#watch.stop();
  }

  receiveVote(vote: Signed<Vote>): void {
    this.#started(vote.message.height).receiveVote(vote);
  }

  receiveProposal(proposal: ProvenProposal): void {
    this.#started(proposal.message.height).receiveProposal(proposal);
  }

  receiveCertificate(certificate: Certificate): void {
    this.#started(certificate.height).receiveCertificate(certificate);
  }

  receiveEvidence(evidence: Evidence): void {
    const gadget = this.#started(evidence.first.message.height);
    gadget.receiveEvidence(evidence);
    this.#evidence.keep(gadget.evidence);
  }

  /** From somebody who is no peer: what is new is passed on to them. @throws what receiveEvidence throws */
  submitEvidence(evidence: Evidence): void {
    this.receiveEvidence(evidence);
    this.#outbox?.evidence(evidence);
  }

  receivePresence(presence: Signed<Presence>): void {
    this.#started(presence.message.height).receivePresence(presence);
  }

  /** Until the handover depth makes final, here a little later than there. */
  receiveFinal(number: number): void {
    if (this.#checkpoints.isHandedOver() && number > this.#finalNumber) this.#gadget?.heardFurther();
  }

  certificatesFrom(height: number, countMax: number): readonly Certificate[] {
    return this.#stages.certificates.from(height).take(countMax).toArray();
  }

  certificate(height: number): Certificate | undefined {
    return this.#stages.certificates.get(height);
  }

  proof(fromEpoch: number, countMax: number): FinalityProof {
    return this.#stages.setChanges.proof(fromEpoch, countMax);
  }

  status(): FinalityStatus {
    return this.#watch.status();
  }

  /** What a block on `selectedParent` can carry. */
  votesFor(selectedParent: Hash): CarriedVotes {
    return votesToCarry(this.#stages, selectedParent, this.#gadget?.evidence.all() ?? []);
  }

  /** The chain has moved; these blocks came. */
  moved(imported: readonly Hash[]): void {
    if (!this.#stages.epochs.hasStaking) return;
    this.#checkpoints.finalizeAwaited();
    this.#gadget?.moved();
    for (const block of imported) this.#hearOf(block);
    if (this.#gadget !== undefined) this.#evidence.keep(this.#gadget.evidence);
    this.#watch.look();
  }

  /** Bodies carry certificates that did not come by themselves: to a node that was away, and past who keeps them back. */
  #hearOf(block: Hash): void {
    const { blocks, certificates } = this.#stages;
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
    const { blocks, states } = this.#stages;
    return blocks.storedHeader(states.baseHash).number;
  }

  /** @throws VOTE_HEIGHT_AHEAD before the start, after the stop, and on a network without validators */
  #started(height: number): FinalityGadget {
    if (this.#gadget !== undefined) return this.#gadget;
    throw finalityErrors.VOTE_HEIGHT_AHEAD({ height, current: this.#stages.certificates.finalHeight + 1 });
  }
}
