import type { Address } from "@trellis/protocol";

/** Tasks of an account run serially, so that each reads the latest nonce. */
export class AccountQueue {
  readonly #last = new Map<Address, Promise<unknown>>();

  async run<T>(account: Address, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(account);
    const mine = before === undefined ? task() : before.then(task, task);
    this.#last.set(account, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(account) === mine) this.#last.delete(account);
    }
  }
}
