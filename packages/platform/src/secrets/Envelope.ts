/**
 * Encrypts small secrets under a master key: for each, a fresh key of its own is derived, so that rows can be sealed
 * without end. What is sealed opens only in the context that it was sealed in.
 */
export interface Envelope {
  /** What all begins with that is sealed under the newest master key: it tells by which rows are found that are not. */
  readonly prefix: Uint8Array;
  /** @returns the master key's id, a salt, the ciphertext and its tag */
  seal(context: string, plain: Uint8Array): Uint8Array;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  open(context: string, sealed: Uint8Array): Uint8Array;
  /** Whether it is sealed under the newest master key. */
  isCurrent(sealed: Uint8Array): boolean;
  /**
   * The same plaintext under the newest master key.
   * @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN
   */
  rotate(context: string, sealed: Uint8Array): Uint8Array;
}
