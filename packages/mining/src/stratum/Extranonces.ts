const BYTES = 2;
const COUNT = 2 ** (8 * BYTES);

/** Digits of an extranonce: the nonce's most significant digits. */
export const EXTRANONCE_DIGITS = 2 * BYTES;
export const NONCE_DIGITS = 16;

/** No two connections have the same one, so that their nonces never collide. [STRATUM-3] */
export class Extranonces {
  readonly #used = new Set<number>();
  #next = 0;

  /** Returns to a released one last, because its templates may still be searched. */
  take(): string {
    while (this.#used.has(this.#next)) this.#next = (this.#next + 1) % COUNT;
    const taken = this.#next;
    this.#used.add(taken);
    this.#next = (taken + 1) % COUNT;
    return taken.toString(16).padStart(EXTRANONCE_DIGITS, "0");
  }

  release(extranonce: string): void {
    this.#used.delete(Number.parseInt(extranonce, 16));
  }
}

/** A nonce too short to contain the extranonce follows it. Undefined: no uint64 in hexadecimal. */
export function nonceOf(digits: string, extranonce: string): bigint | undefined {
  const [, hex] = /^(?:0x)?([0-9a-fA-F]{1,16})$/.exec(digits) ?? [];
  if (hex === undefined) return undefined;
  const ownDigits = NONCE_DIGITS - extranonce.length;
  return BigInt(`0x${hex.length <= ownDigits ? extranonce + hex.padStart(ownDigits, "0") : hex}`);
}
