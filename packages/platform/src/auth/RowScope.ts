import { authErrors } from "./errors.ts";
import type { Principal } from "./Principal.ts";

/** Only authorization creates row scopes. Every reader of personal rows requires one. */
export class RowScope {
  readonly customerId: string | undefined;
  readonly #seesAll: boolean;

  private constructor(seesAll: boolean, customerId: string | undefined) {
    this.#seesAll = seesAll;
    this.customerId = customerId;
  }

  static of({ role, customerId }: Principal): RowScope {
    const seesAll = role !== undefined && role !== "customer";
    return new RowScope(seesAll, seesAll ? undefined : customerId);
  }

  get seesAll(): boolean {
    return this.#seesAll;
  }

  sees(customerId: string | undefined): boolean {
    return this.#seesAll || (customerId !== undefined && customerId === this.customerId);
  }

  /** @throws ROW_FORBIDDEN, even if the row does not exist */
  require(customerId: string): string {
    if (!this.sees(customerId)) throw authErrors.ROW_FORBIDDEN();
    return customerId;
  }

  /** Undefined means all customers. @throws ROW_FORBIDDEN */
  filter(askedFor: string | undefined): string | undefined {
    if (askedFor !== undefined) return this.require(askedFor);
    if (this.#seesAll) return undefined;
    if (this.customerId === undefined) throw authErrors.ROW_FORBIDDEN();
    return this.customerId;
  }
}
