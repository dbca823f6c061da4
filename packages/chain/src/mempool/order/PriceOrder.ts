import type { Entry } from "../Entry.ts";
import { PositionedHeap } from "./PositionedHeap.ts";
import { PriceWalk } from "./PriceWalk.ts";
import type { Before, Slot } from "./Slot.ts";

const ORDER = 0;
const SLACK = 1;

/**
 * Orders by min(tip, cap − base fee). Separate heaps contain the slots limited by the tip and by the cap. A
 * new base fee moves only slots that change heaps.
 */
export class PriceOrder<T> {
  readonly #before: Before;
  readonly #tipBound: PositionedHeap<Slot<T>>;
  readonly #capBound: PositionedHeap<Slot<T>>;
  /** Least slack first. */
  readonly #tipBoundSlack: PositionedHeap<Slot<T>>;
  /** Greatest slack first. */
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

  priceOf(entry: Entry): number {
    return entry.slack >= this.#baseFee ? entry.tip : entry.cap - this.#baseFee;
  }

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

  /** The order must not change during the walk. */
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
