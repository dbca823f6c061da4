import { LruMap, type Scheduler, type Timer } from "@trellis/base";
import { BUNDLED_VOTES_MAX, type Signed, type Vote, type VoteBundle } from "@trellis/protocol";
import { FINALITY_LIMITS } from "./limits.ts";

interface Held {
  readonly slot: number;
  votes: Signed<Vote>[];
  timer: Timer | undefined;
  hasForwarded: boolean;
}

interface VoteBundlesPorts {
  readonly scheduler: Scheduler;
  readonly publish: (votes: VoteBundle, slot: number) => void;
}

/** Holds received votes for a moment and forwards those of one ballot and value together. [NET-29] */
export class VoteBundles {
  readonly #ports: VoteBundlesPorts;
  readonly #held = new LruMap<string, Held>(FINALITY_LIMITS.bundlesMax);
  #isStopped = false;

  constructor(ports: VoteBundlesPorts) {
    this.#ports = ports;
  }

  stop(): void {
    this.#isStopped = true;
  }

  add(vote: Signed<Vote>, slot: number): void {
    const { epoch, height, round, step, value } = vote.message;
    const name = [epoch, height, round, step, value, slot].join(" ");
    const held = this.#held.get(name) ?? { slot, votes: [], timer: undefined, hasForwarded: false };
    this.#held.set(name, held);
    held.votes.push(vote);
    const { holdFirstMs, holdMs } = FINALITY_LIMITS;
    held.timer ??= this.#ports.scheduler.after(held.hasForwarded ? holdMs : holdFirstMs, () =>
      this.#forward(held),
    );
  }

  #forward(held: Held): void {
    const { votes, slot } = held;
    held.votes = [];
    held.timer = undefined;
    held.hasForwarded = true;
    if (this.#isStopped) return;
    for (let from = 0; from < votes.length; from += BUNDLED_VOTES_MAX)
      this.#ports.publish(votes.slice(from, from + BUNDLED_VOTES_MAX), slot);
  }
}
