import { authErrors } from "./errors.ts";
import type { Principal } from "./Principal.ts";

/**
 * The rows of persons that a request may see. Only authorization makes one, and whoever reads rows of persons
 * takes one: a handler cannot forget the rule, because it has nothing else to pass.
 */
export class RowScope {
  /** The one customer whose rows are seen; undefined where all are. */
  readonly customerId: string | undefined;
  readonly #seesAll: boolean;

  private constructor(seesAll: boolean, customerId: string | undefined) {
    this.#seesAll = seesAll;
    this.customerId = customerId;
  }

  /** Customers see their own rows, anonymous ones none, everyone else all. */
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

  /**
   * The identifier, checked.
   * @throws ROW_FORBIDDEN, the same for rows of others and rows that do not exist
   */
  require(customerId: string): string {
    if (!this.sees(customerId)) throw authErrors.ROW_FORBIDDEN();
    return customerId;
  }

  /**
   * The customer to filter a list by: the one asked for, or all that are seen (undefined).
   * @throws ROW_FORBIDDEN
   */
  filter(askedFor: string | undefined): string | undefined {
    if (askedFor !== undefined) return this.require(askedFor);
    if (this.#seesAll) return undefined;
    if (this.customerId === undefined) throw authErrors.ROW_FORBIDDEN();
    return this.customerId;
  }
}
