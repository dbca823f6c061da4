/** Each secret has its own derived key and can be decrypted only with its context. */
export interface Envelope {
  /** First bytes of secrets encrypted under the newest master key. */
  readonly prefix: Uint8Array;
  /** @returns master key id ‖ salt ‖ ciphertext ‖ tag */
  seal(context: string, plain: Uint8Array): Uint8Array;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  open(context: string, sealed: Uint8Array): Uint8Array;
  isCurrent(sealed: Uint8Array): boolean;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  rotate(context: string, sealed: Uint8Array): Uint8Array;
}
