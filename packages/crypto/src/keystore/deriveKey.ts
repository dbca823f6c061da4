import { pbkdf2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { KeyDerivation } from "./Keystore.ts";

const DERIVED_SIZE = 32;
const pbkdf2Async = promisify(pbkdf2);

/** 32 bytes: half for the cipher, half for the MAC. Runs on Node's thread pool. The cost must have been bounded. */
export function deriveKey(password: string, derivation: KeyDerivation): Promise<Uint8Array> {
  const { salt } = derivation;
  if (derivation.name === "pbkdf2") {
    return pbkdf2Async(password, salt, derivation.iterations, DERIVED_SIZE, "sha256");
  }
  const { n, r, p } = derivation;
  // OpenSSL counts the table, a block a lane and scratch space; the table dominates.
  const maxmem = 128 * r * (n + p + 2) + 2 ** 20;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, DERIVED_SIZE, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
