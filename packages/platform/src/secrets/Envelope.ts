/**
 * Envelope encryption: each secret has a derived key, so their number is unlimited. A sealed secret opens only in its
 * context.
 */
export interface Envelope {
  /** Start of all secrets sealed under the newest master key; used to find older ones. */
  readonly prefix: Uint8Array;
  /** @returns master key id ‖ salt ‖ ciphertext ‖ tag */
  seal(context: string, plain: Uint8Array): Uint8Array;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  open(context: string, sealed: Uint8Array): Uint8Array;
  isCurrent(sealed: Uint8Array): boolean;
  /**
   * Seals again under the newest master key.
   * @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN
   */
  rotate(context: string, sealed: Uint8Array): Uint8Array;
}
