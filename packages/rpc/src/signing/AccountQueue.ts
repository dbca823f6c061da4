import type { Address } from "@trellis/protocol";

/** Serial per account, so that each task sees the last nonce. */
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
