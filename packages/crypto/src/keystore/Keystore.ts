export type KeyDerivation =
  | {
      readonly name: "scrypt";
      /** Cost N, a power of two. */
      readonly n: number;
      /** Block size r, in units of 128 bytes. */
      readonly r: number;
      readonly p: number;
      readonly salt: Uint8Array;
    }
  | { readonly name: "pbkdf2"; readonly iterations: number; readonly salt: Uint8Array };

/** Returns 32 bytes. */
export type DeriveKey = (password: string, derivation: KeyDerivation) => Promise<Uint8Array>;

/** Web3 Secret Storage, version 3, with aes-128-ctr. */
export interface Keystore {
  readonly id: string;
  /** 20 bytes. Undefined if the file has no address. */
  readonly address: Uint8Array | undefined;
  readonly derivation: KeyDerivation;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly mac: Uint8Array;
}

/** RFC 7914, section 2: N < 2^(128 r / 8). OpenSSL rejects larger N, but some wallets use it. */
export function isWithinRfc7914({ n, r }: { readonly n: number; readonly r: number }): boolean {
  return n < 2 ** (16 * r);
}

/** Hostile files must not exhaust resources. */
export const keystoreLimits = {
  fileSizeMax: 65_536,
  /** 128 × r × (N + p) bytes: usually 256 MiB (N = 2^18, r = 8, p = 1). */
  scryptMemoryBytesMax: 512 * 2 ** 20,
  /** N × r × p, usually 2^21. The maximum takes 4 s (measured). */
  scryptWorkMax: 2 ** 24,
  /** For N beyond RFC 7914. Derivation blocks the thread for 1.1 s (measured). */
  scryptWorkBeyondRfcMax: 2 ** 21,
  /** Usually 262,144. The maximum takes 1.3 s (measured). */
  pbkdf2IterationsMax: 10_000_000,
  saltSizeMax: 256,
} as const;
