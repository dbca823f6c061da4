import { SHARES } from "../verify/limits.ts";

/**
 * Customers with both shares next to shares of one other customer, whose proof would reveal both (LIAB-24).
 * @param order leaves sorted by position: first shares, then second; leaf n is a share of customer ⌊n / 2⌋
 */
export function shownTogether(order: Uint32Array, positions: Uint32Array): number[] {
  const customerCount = order.length / SHARES;
  const firsts = new Uint32Array(customerCount);
  const ends = new Uint32Array(customerCount);
  const customers: number[] = [];
  for (const [place, leaf] of order.entries()) {
    const isFirstShare = place < customerCount;
    const [low, high] = isFirstShare ? [0, customerCount] : [customerCount, order.length];
    const [first, end] = besideAt(place, order, positions, low, high);
    const customer = Math.floor(leaf / SHARES);
    if (isFirstShare) {
      firsts[customer] = first;
      ends[customer] = end;
    } else if (haveOneInCommon(order, firsts[customer]!, ends[customer]!, first, end, customer)) {
      customers.push(customer);
    }
  }
  return customers;
}

/** Leaves below the lowest ancestor that also covers another leaf. */
function besideAt(
  place: number,
  order: Uint32Array,
  positions: Uint32Array,
  low: number,
  high: number,
): readonly [first: number, end: number] {
  const at = (index: number) => positions[order[index]!]!;
  const own = at(place);
  const meetsAt = (index: number) => (index < low || index >= high ? 32 : 32 - Math.clz32(own ^ at(index)));
  const level = Math.min(meetsAt(place - 1), meetsAt(place + 1));
  if (level === 32) return [place, place];
  let [first, end] = [place, place + 1];
  while (first > low && at(first - 1) >>> level === own >>> level) first--;
  while (end < high && at(end) >>> level === own >>> level) end++;
  return [first, end];
}

function haveOneInCommon(
  order: Uint32Array,
  first: number,
  end: number,
  otherFirst: number,
  otherEnd: number,
  self: number,
): boolean {
  for (let place = first; place < end; place++) {
    const customer = Math.floor(order[place]! / SHARES);
    if (customer === self) continue;
    for (let other = otherFirst; other < otherEnd; other++)
      if (Math.floor(order[other]! / SHARES) === customer) return true;
  }
  return false;
}
