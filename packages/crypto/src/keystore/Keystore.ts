export type KeyDerivation =
  | {
      readonly name: "scrypt";
      /** Cost N, a power of two. */
      readonly n: number;
      /** Block size r, in 128 bytes. */
      readonly r: number;
      /** Parallelism p. */
      readonly p: number;
      readonly salt: Uint8Array;
    }
  | { readonly name: "pbkdf2"; readonly iterations: number; readonly salt: Uint8Array };

/** Web3 Secret Storage, version 3, aes-128-ctr. */
export interface Keystore {
  readonly id: string;
  /** 20 bytes, if present. */
  readonly address: Uint8Array | undefined;
  readonly derivation: KeyDerivation;
  /** 16 bytes. */
  readonly iv: Uint8Array;
  /** 32 bytes. */
  readonly ciphertext: Uint8Array;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

/** Section 2: N < 2^(128 r / 8). Some wallets wrote other files, which OpenSSL does not derive. */
export function isWithinRfc7914({ n, r }: { readonly n: number; readonly r: number }): boolean {
  return n < 2 ** (16 * r);
}

/** Checked before derivation: hostile files exhaust nothing. */
export const keystoreLimits = {
  fileSizeMax: 65_536,
  /** scrypt takes 128 × r × (N + p) bytes; usual: 256 MiB (N = 2^18, r = 8, p = 1). */
  scryptMemoryBytesMax: 512 * 2 ** 20,
  /** N × r × p. Usual: 2^21; this takes 4 s (measured). */
  scryptWorkMax: 2 ** 24,
  /** On the calling thread: 1.1 s (measured). */
  scryptWorkBeyondRfcMax: 2 ** 21,
  /** Usual: 262,144; this takes 1.3 s (measured). */
  pbkdf2IterationsMax: 10_000_000,
  saltSizeMax: 256,
} as const;
