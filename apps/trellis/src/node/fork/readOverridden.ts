import type { AccountOverride, Address, Awaitable, StateReader } from "@trellis/protocol";

/** Waits for values of the forked chain instead of blocking the thread. */
export type Reading = <T>(read: () => T) => Awaitable<T>;

interface ReadPorts {
  readonly state: StateReader;
  readonly reading: Reading;
}

/** Fits ten batches of requests. */
const AT_ONCE = 500;

/** Reads what a block that sets these accounts will read, until `isOver`. [DEV-7] */
export async function readOverridden(
  accounts: ReadonlyMap<Address, AccountOverride>,
  { state, reading }: ReadPorts,
  isOver: () => boolean,
): Promise<void> {
  let group: Awaitable<unknown>[] = [];
  for (const read of readsOf(accounts, state)) {
    if (group.length === 0 && isOver()) return;
    group.push(reading(read));
    if (group.length < AT_ONCE) continue;
    await Promise.all(group);
    group = [];
  }
  await Promise.all(group);
}

function* readsOf(
  accounts: ReadonlyMap<Address, AccountOverride>,
  state: StateReader,
): Iterable<() => unknown> {
  for (const [address, { state: replaced, stateDiff }] of accounts) {
    yield () => state.account(address);
    for (const slots of [replaced, stateDiff])
      for (const slot of slots?.keys() ?? []) yield () => state.storage(address, slot);
  }
}
