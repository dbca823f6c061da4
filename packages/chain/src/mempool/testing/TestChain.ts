import type { Account, Address, ChainBlock, SignedBy } from "@trellis/protocol";
import { effectiveTip } from "../Entry.ts";
import type { ChainChange } from "../followChain.ts";
import { chainBlock, type World } from "./testPool.ts";

export class TestChain {
  readonly #world: World;
  readonly #blocks: {
    readonly block: ChainBlock;
    readonly accounts: ReadonlyMap<Address, Account>;
    readonly retiredKeys: ReadonlySet<Address>;
  }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  get length(): number {
    return this.#blocks.length;
  }

  extend(transactions: readonly SignedBy[], miner?: Address, effect?: () => void): ChainBlock {
    const accounts = new Map(this.#world.accounts);
    const retiredKeys = new Set(this.#world.retiredKeys);
    const accepted = transactions.filter((signed) => this.#execute(signed));
    effect?.();
    const { baseFee } = this.#world;
    const block = chainBlock(accepted, miner === undefined ? { baseFee } : { baseFee, miner });
    this.#blocks.push({ block, accounts, retiredKeys });
    return block;
  }

  retract(count: number): ChainChange["removed"] {
    return Array.from({ length: Math.min(count, this.#blocks.length) }, () => {
      const { block, accounts, retiredKeys } = this.#blocks.pop()!;
      restore(this.#world.accounts, accounts);
      this.#world.retiredKeys.clear();
      for (const address of retiredKeys) this.#world.retiredKeys.add(address);
      return block;
    });
  }

  #execute({ sender, transaction }: SignedBy): boolean {
    const { accounts, baseFee, retiredKeys } = this.#world;
    const account = accounts.get(sender);
    const tip = effectiveTip(transaction, baseFee);
    const cost = 21_000n * (baseFee + tip) + transaction.value;
    if (account === undefined || retiredKeys.has(sender) || tip < 0n) return false;
    if (account.nonce !== transaction.nonce || account.balance < cost) return false;
    accounts.set(sender, { ...account, nonce: account.nonce + 1n, balance: account.balance - cost });
    const recipient = transaction.to === null ? undefined : accounts.get(transaction.to);
    if (recipient !== undefined) {
      accounts.set(transaction.to!, { ...recipient, balance: recipient.balance + transaction.value });
    }
    return true;
  }
}

function restore<K, V>(map: Map<K, V>, values: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of values) map.set(key, value);
}
