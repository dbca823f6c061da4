import { LruMap } from "@trellis/base";
import type { AnchoredState, FinalAnchors, Voter } from "@trellis/chain";
import type { Anchor, Hash } from "@trellis/protocol";
import type { AnchorQuestion, SentAnchor, SentVoters } from "./messages.ts";

type Ask = (question: AnchorQuestion) => SentAnchor | SentVoters | undefined;

const ANCHORS_MAX = 4_096;
const EPOCHS_MAX = 16;

/**
 * Shard 0's final chain in the thread of another shard. The newest blocks are sent; for those that a restart or a
 * sync needs, it asks.
 */
export class ReceivedAnchors implements FinalAnchors {
  readonly #ask: Ask;
  readonly #byNumber = new LruMap<number, Anchor>(ANCHORS_MAX);
  readonly #states = new LruMap<Hash, AnchoredState>(ANCHORS_MAX);
  readonly #voters = new LruMap<number, readonly Voter[]>(EPOCHS_MAX);
  #newest: Anchor;

  /** @param ask blocks the thread */
  constructor(newest: SentAnchor, ask: Ask) {
    this.#ask = ask;
    this.#newest = newest.anchor;
    this.#keep(newest);
  }

  /** @param moved ascending */
  take(moved: readonly SentAnchor[], voters: SentVoters | undefined): void {
    for (const each of moved) this.#keep(each);
    if (voters !== undefined) this.#voters.set(voters.epoch, voters.voters);
    this.#newest = moved.at(-1)?.anchor ?? this.#newest;
  }

  newest(): Anchor {
    return this.#newest;
  }

  at(number: number): Anchor | undefined {
    if (number > this.#newest.number) return undefined;
    return this.#byNumber.get(number) ?? this.#fetch({ number })?.anchor;
  }

  stateOf(hash: Hash): AnchoredState | undefined {
    return this.#states.get(hash) ?? this.#fetch({ hash })?.state;
  }

  votersOf(epoch: number): readonly Voter[] | undefined {
    if (epoch > this.#newest.epoch) return undefined;
    const known = this.#voters.get(epoch);
    if (known !== undefined) return known;
    const found = this.#ask({ epoch });
    if (found === undefined || !("voters" in found)) return undefined;
    this.#voters.set(epoch, found.voters);
    return found.voters;
  }

  #fetch(question: AnchorQuestion): SentAnchor | undefined {
    const found = this.#ask(question);
    if (found === undefined || !("anchor" in found)) return undefined;
    this.#keep(found);
    return found;
  }

  #keep({ anchor, state }: SentAnchor): void {
    this.#byNumber.set(anchor.number, anchor);
    this.#states.set(anchor.hash, state);
  }
}
