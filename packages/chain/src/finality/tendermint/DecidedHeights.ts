import type { Log, Scheduler, Timer } from "@trellis/base";
import type { Certificate, FinalityOutbox, Signed, Vote } from "@trellis/protocol";
import { FullerCertificate } from "../certificates/FullerCertificate.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import type { CheckpointVote } from "./CheckpointVote.ts";

/** Decided heights that still collect evidence. */
const HEIGHTS_MAX = 8;

export type DecidedBy = "votes" | "certificate";

interface Decided {
  readonly set: ValidatorSet;
  readonly vote: CheckpointVote;
  readonly certificate: Certificate;
}

interface DecidedHeightsPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly outbox: Pick<FinalityOutbox, "certificate" | "vote">;
  readonly chain: { keepFuller(certificate: Certificate): void };
}

/** [FINAL-11] */
export class DecidedHeights {
  readonly #lateMs: number;
  readonly #ports: DecidedHeightsPorts;
  readonly #heights = new Map<number, Decided>();
  readonly #disputed = new Set<number>();
  #late: { readonly fuller: FullerCertificate; readonly by: DecidedBy; readonly timer: Timer } | undefined;

  constructor(lateMs: number, ports: DecidedHeightsPorts) {
    this.#lateMs = lateMs;
    this.#ports = ports;
  }

  get(height: number): Decided | undefined {
    return this.#heights.get(height);
  }

  add(decided: Decided, by: DecidedBy): void {
    this.#tell();
    const { certificate, set, vote } = decided;
    this.#heights.set(certificate.height, decided);
    for (const [height] of this.#heights) {
      if (this.#heights.size <= HEIGHTS_MAX) break;
      this.#heights.delete(height);
      this.#disputed.delete(height);
    }
    const timer = this.#ports.scheduler.after(this.#lateMs, () => this.#tell());
    const fuller = new FullerCertificate(certificate, set);
    for (const signed of vote.votesFor(certificate.round, "precommit", certificate.value)) {
      if (fuller.isWanted(signed.message)) fuller.add(signed);
    }
    this.#late = { fuller, by, timer };
  }

  stop(): void {
    this.#late?.timer.cancel();
  }

  isLate(vote: Vote): boolean {
    return this.#late?.fuller.isWanted(vote) === true;
  }

  addLate(signed: Signed<Vote>): void {
    this.#heights.get(signed.message.height)!.vote.vote(signed);
    this.#late!.fuller.add(signed);
    this.publishIfFull();
  }

  publishIfFull(): void {
    if (this.#late?.fuller.isFull) this.#tell();
  }

  /** Two certificates for one height prove that over a third of the power equivocated. */
  dispute(certificate: Certificate): void {
    const { height, value } = certificate;
    const decided = this.#heights.get(height);
    if (decided === undefined || decided.certificate.value === value || this.#disputed.has(height)) return;
    decided.set.verifyCertificate(certificate);
    this.#disputed.add(height);
    const { log, outbox } = this.#ports;
    log.error("certificate.disputed", {
      height,
      block: decided.certificate.value,
      other: value,
      message:
        "Two certificates exist for one height. More than a third of the voting power has equivocated.",
    });
    for (const vote of decided.vote.votesOf(decided.certificate.round)) outbox.vote(vote);
  }

  #tell(): void {
    if (this.#late === undefined) return;
    const { fuller, by, timer } = this.#late;
    this.#late = undefined;
    timer.cancel();
    if (fuller.isFuller) this.#ports.chain.keepFuller(fuller.certificate);
    // A received certificate has already been gossiped.
    if (fuller.isFuller || by === "votes") this.#ports.outbox.certificate(fuller.certificate);
  }
}
