import type { Scheduler, Timer } from "@trellis/base";
import type { FinalityStatus, ValidatorView } from "@trellis/protocol";
import type { ChainFinalityPorts, ImportQueue } from "./ChainFinalityPorts.ts";
import type { Checkpoints } from "./Checkpoints.ts";
import type { FinalityGadget } from "./FinalityGadget.ts";
import { measureFinality } from "./measureFinality.ts";
import type { Voters } from "./validatorSets/Epochs.ts";
import type { Voting } from "./voting/Voting.ts";

/** Finality is late after this many rounds: four silent proposers in a row are unusual. */
const ROUNDS_LATE = 4;
const LOOK_MS = 1_000;

type FinalityWatchPorts = Pick<
  ChainFinalityPorts,
  "parameters" | "blocks" | "states" | "certificates" | "clock" | "metrics"
>;

export class FinalityWatch {
  readonly #ports: FinalityWatchPorts;
  readonly #queue: Pick<ImportQueue, "sink">;
  readonly #checkpoints: Pick<Checkpoints, "valueToPropose" | "lacksLast">;
  readonly #voting: Voting;
  readonly #measure: (status: FinalityStatus, evidence: number) => void;
  #gadget: FinalityGadget | undefined;
  #timer: Timer | undefined;
  #height: number;
  #finalSinceMs: number;
  #dueSinceMs: number | undefined;

  constructor(
    ports: FinalityWatchPorts,
    queue: Pick<ImportQueue, "sink">,
    { checkpoints, voting }: { readonly checkpoints: Checkpoints; readonly voting: Voting },
  ) {
    this.#ports = ports;
    this.#queue = queue;
    this.#checkpoints = checkpoints;
    this.#voting = voting;
    this.#measure = measureFinality(ports.metrics);
    this.#height = ports.certificates.finalHeight;
    this.#finalSinceMs = ports.clock.nowMs();
  }

  start(gadget: FinalityGadget, scheduler: Scheduler): void {
    this.#gadget = gadget;
    const lookAgain = (): void => {
      this.#measure(this.status(), gadget.evidence.all().length);
      this.#timer = scheduler.after(LOOK_MS, lookAgain);
    };
    lookAgain();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  look(): void {
    const nowMs = this.#ports.clock.nowMs();
    const height = this.#ports.certificates.finalHeight;
    if (height !== this.#height) {
      this.#height = height;
      this.#finalSinceMs = nowMs;
      this.#dueSinceMs = undefined;
    }
    const isDue = this.#checkpoints.lacksLast() || this.#checkpoints.valueToPropose() !== undefined;
    if (isDue) this.#dueSinceMs ??= nowMs;
  }

  status(): FinalityStatus {
    const { blocks, states, clock } = this.#ports;
    this.look();
    const voters = this.#voting.voters();
    const nowMs = clock.nowMs();
    const { number } = blocks.storedHeader(states.baseHash);
    const head = blocks.storedHeader(this.#queue.sink);
    const self = voters && this.#gadget?.indexIn(voters.set);
    const signing = this.#gadget?.signing;
    const listeningFor = this.#gadget?.listeningFor;
    return {
      epoch: voters?.set.epoch ?? 0,
      validators: voters === undefined ? [] : this.#participation(voters),
      self,
      ...(signing === undefined ? {} : { signing }),
      ...(listeningFor === undefined ? {} : { listeningFor }),
      finalized: { height: this.#height, hash: states.baseHash, number },
      vote: this.#gadget?.status,
      lagBlocks: head.number - number,
      lagMs: nowMs - this.#finalSinceMs,
      isFinalizing: !this.#voting.isHandedOver() || nowMs - (this.#dueSinceMs ?? nowMs) <= this.#lateMs,
    };
  }

  get #lateMs(): number {
    const { proposeMs, prevoteMs, precommitMs } = this.#ports.parameters.votes;
    return ROUNDS_LATE * (proposeMs + prevoteMs + precommitMs);
  }

  #participation({ members }: Voters): ValidatorView[] {
    const signed = new Map<string, number>();
    const missed = new Map<string, number>();
    for (const certificate of this.#ports.certificates.recent()) {
      for (const [place, { address }] of (
        this.#voting.votersOf(certificate.epoch)?.members ?? []
      ).entries()) {
        const hasSigned = (certificate.signers[place >> 3]! >> (place & 7)) & 1;
        const counts = hasSigned === 1 ? signed : missed;
        counts.set(address, (counts.get(address) ?? 0) + 1);
      }
    }
    return members.map((member, index) => ({
      index,
      ...member,
      signed: signed.get(member.address) ?? 0,
      missed: missed.get(member.address) ?? 0,
    }));
  }
}
