import type { Entry } from "../Entry.ts";
import { PositionedHeap } from "./PositionedHeap.ts";
import { PriceWalk } from "./PriceWalk.ts";
import type { Before, Slot } from "./Slot.ts";

const ORDER = 0;
const SLACK = 1;

/**
 * Slots by effective tip, min(tip, cap − base fee), under a base fee that moves.
 *
 * Two heaps hold them: while the base fee is at most cap − tip (the slack) the effective tip is the tip, which does
 * not depend on the base fee; above it, it is cap − base fee, and the order of caps does not either. A step of the
 * base fee therefore moves only the slots whose slack it crosses, found through a second heap by slack.
 */
export class PriceOrder<T> {
  readonly #before: Before;
  readonly #tipBound: PositionedHeap<Slot<T>>;
  readonly #capBound: PositionedHeap<Slot<T>>;
  /** Least slack first: the next to become bound by its cap when the base fee rises. */
  readonly #tipBoundSlack: PositionedHeap<Slot<T>>;
  /** Greatest slack first: the next to become bound by its tip when the base fee falls. */
  readonly #capBoundSlack: PositionedHeap<Slot<T>>;
  #baseFee: number;

  constructor(before: Before, baseFee: bigint) {
    this.#before = before;
    this.#tipBound = new PositionedHeap<Slot<T>>(before, ORDER);
    this.#capBound = new PositionedHeap<Slot<T>>(before, ORDER);
    this.#tipBoundSlack = new PositionedHeap((a, b) => a.entry!.slack < b.entry!.slack, SLACK);
    this.#capBoundSlack = new PositionedHeap((a, b) => a.entry!.slack > b.entry!.slack, SLACK);
    this.#baseFee = Number(baseFee);
  }

  get count(): number {
    return this.#tipBound.nodes.length + this.#capBound.nodes.length;
  }

  /** An entry's effective tip now. wei per gas */
  priceOf(entry: Entry): number {
    return entry.slack >= this.#baseFee ? entry.tip : entry.cap - this.#baseFee;
  }

  /** Puts the entry into the slot, or empties it. */
  place(slot: Slot<T>, entry: Entry | undefined, rank: number): void {
    if (slot.entry === entry && slot.rank === rank) return;
    if (slot.entry !== undefined) this.#remove(slot);
    slot.entry = entry;
    slot.rank = rank;
    if (entry !== undefined) this.#insert(slot, entry);
  }

  setBaseFee(baseFee: bigint): void {
    this.#baseFee = Number(baseFee);
    for (;;) {
      const slot = this.#tipBoundSlack.first;
      if (slot === undefined || slot.entry!.slack >= this.#baseFee) break;
      this.#move(slot);
    }
    for (;;) {
      const slot = this.#capBoundSlack.first;
      if (slot === undefined || slot.entry!.slack < this.#baseFee) break;
      this.#move(slot);
    }
  }

  /** All slots in order, as far as the caller goes: O(log steps) a step. The order must not change meanwhile. */
  walk(): PriceWalk<T> {
    return new PriceWalk(this.#before, this.#tipBound.nodes, this.#capBound.nodes, this.#baseFee);
  }

  #move(slot: Slot<T>): void {
    this.#remove(slot);
    this.#insert(slot, slot.entry!);
  }

  #insert(slot: Slot<T>, entry: Entry): void {
    slot.isTipBound = entry.slack >= this.#baseFee;
    slot.price = slot.isTipBound ? entry.tip : entry.cap;
    slot.sequence = entry.sequence;
    (slot.isTipBound ? this.#tipBound : this.#capBound).insert(slot);
    (slot.isTipBound ? this.#tipBoundSlack : this.#capBoundSlack).insert(slot);
  }

  #remove(slot: Slot<T>): void {
    (slot.isTipBound ? this.#tipBound : this.#capBound).remove(slot);
    (slot.isTipBound ? this.#tipBoundSlack : this.#capBoundSlack).remove(slot);
  }
}
