import { type Entry, effectiveTip } from "./Entry.ts";
import { mempoolErrors } from "./errors.ts";
import type { FloorPrice } from "./FloorPrice.ts";
import type { MempoolLimits } from "./limits.ts";
import type { PriceWalk, Step } from "./order/PriceWalk.ts";
import { lowestPriceFirst } from "./order/Slot.ts";
import { evictionRank, type PoolStore } from "./PoolStore.ts";
import type { SenderTransactions } from "./SenderTransactions.ts";

interface Incoming {
  readonly entry: Entry;
  readonly sender: SenderTransactions;
  readonly isPending: boolean;
  readonly countAdded: number;
  readonly bytesAdded: number;
  /** Base fee of the next block. wei per gas */
  readonly baseFee: bigint;
}

type TailStep = Step<SenderTransactions>;

const REMOTE_PENDING = evictionRank(false, true);

/** Also raises the floor. [POOL-8, POOL-10] @throws POOL_FULL */
export function findRoom(
  { store, floor }: { readonly store: PoolStore; readonly floor: FloorPrice },
  limits: MempoolLimits,
  incoming: Incoming,
): readonly SenderTransactions[] {
  let countOver = store.count + incoming.countAdded - limits.countMax;
  let bytesOver = store.bytes + incoming.bytesAdded - limits.bytesMax;
  if (countOver <= 0 && bytesOver <= 0) return [];

  const { entry, baseFee } = incoming;
  const contender = {
    rank: evictionRank(entry.pooled.isLocal, incoming.isPending),
    price: store.tails.priceOf(entry),
    sequence: entry.sequence,
  };
  const victims: TailStep[] = [];
  const walk = store.tails.walk();
  for (let step = walk.next(); step !== undefined; step = walk.next()) {
    if (step.owner === incoming.sender) continue;
    if (!lowestPriceFirst(step, contender)) {
      raiseFloor(floor, baseFee, victims[0] ?? step);
      break;
    }
    victims.push(step);
    countOver -= 1;
    bytesOver -= step.entry.bytes;
    if (countOver <= 0 && bytesOver <= 0) {
      raiseFloor(floor, baseFee, step);
      return victims.map((victim) => victim.owner);
    }
    followTail(walk, step);
  }
  throw mempoolErrors.POOL_FULL({
    count: store.count,
    countMax: limits.countMax,
    bytes: store.bytes,
    bytesMax: limits.bytesMax,
    tip: effectiveTip(entry.transaction, baseFee),
    floor: floor.current(),
  });
}

export function findExcess(store: PoolStore, limits: MempoolLimits): readonly SenderTransactions[] {
  let countOver = store.count - limits.countMax;
  let bytesOver = store.bytes - limits.bytesMax;
  const victims: SenderTransactions[] = [];
  const walk = store.tails.walk();
  while (countOver > 0 || bytesOver > 0) {
    const step = walk.next();
    if (step === undefined) break;
    victims.push(step.owner);
    countOver -= 1;
    bytesOver -= step.entry.bytes;
    followTail(walk, step);
  }
  return victims;
}

/** Queued and local transactions do not indicate the market price. */
function raiseFloor(floor: FloorPrice, baseFee: bigint, step: TailStep): void {
  if (step.rank === REMOTE_PENDING) floor.raiseAbove(effectiveTip(step.entry.transaction, baseFee));
}

function followTail(walk: PriceWalk<SenderTransactions>, step: TailStep): void {
  const { owner } = step;
  const entry = owner.entries[owner.entries.length - 2 - step.depth];
  if (entry !== undefined) {
    walk.follow(step, entry, evictionRank(entry.pooled.isLocal, owner.isPending(entry)));
  }
}
