/** How a password becomes a key. */
export type KeyDerivation =
  | {
      readonly name: "scrypt";
      /** Cost N: a power of two. */
      readonly n: number;
      /** Block size r, in units of 128 bytes. */
      readonly r: number;
      /** Parallel lanes p. */
      readonly p: number;
      readonly salt: Uint8Array;
    }
  | { readonly name: "pbkdf2"; readonly iterations: number; readonly salt: Uint8Array };

/** An encrypted private key: Web3 Secret Storage, version 3, with aes-128-ctr. */
export interface Keystore {
  readonly id: string;
  /** 20 bytes, where the file states it. */
  readonly address: Uint8Array | undefined;
  readonly derivation: KeyDerivation;
  /** 16 bytes. */
  readonly iv: Uint8Array;
  /** 32 bytes. */
  readonly ciphertext: Uint8Array;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

/**
 * RFC 7914, section 2: N is less than 2^(128 r / 8). Wallets have written files that break this; OpenSSL does not
 * derive their keys.
 */
export function isWithinRfc7914({ n, r }: { readonly n: number; readonly r: number }): boolean {
  return n < 2 ** (16 * r);
}

/** A file beyond these is refused before any derivation, so that a hostile file exhausts nothing. */
export const keystoreLimits = {
  fileSizeMax: 65_536,
  /** scrypt holds 128 × r × (N + p) bytes. The usual file (N = 2^18, r = 8, p = 1) takes 256 MiB. */
  scryptMemoryBytesMax: 512 * 2 ** 20,
  /** N × r × p: time. The usual file has 2^21; this admits eight times that, 4 s (measured). */
  scryptWorkMax: 2 ** 24,
  /** As much as the usual file, where the calling thread must do it: 1.1 s (measured). */
  scryptWorkBeyondRfcMax: 2 ** 21,
  /** The usual file has 262,144; this takes 1.3 s (measured). */
  pbkdf2IterationsMax: 10_000_000,
  saltSizeMax: 256,
} as const;
