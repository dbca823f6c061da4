import type { Address } from "@trellis/protocol";

const ACCOUNTS_MAX = 10_000;

/** Accounts whose transactions a controlled devnet takes without their key. [DEV-5] */
export class Impersonation {
  readonly #accounts = new Set<Address>();
  isForAll = false;

  includes(account: Address): boolean {
    return this.isForAll || this.#accounts.has(account);
  }

  /** False if there are too many. */
  add(account: Address): boolean {
    if (this.#accounts.size >= ACCOUNTS_MAX && !this.#accounts.has(account)) return false;
    this.#accounts.add(account);
    return true;
  }

  clear(): void {
    this.#accounts.clear();
    this.isForAll = false;
  }

  remove(account: Address): boolean {
    return this.#accounts.delete(account);
  }
}
