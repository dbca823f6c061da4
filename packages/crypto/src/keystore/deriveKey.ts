import { pbkdf2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { scrypt as wasmScrypt } from "hash-wasm";
import { isWithinRfc7914, type KeyDerivation } from "./Keystore.ts";

type Scrypt = Extract<KeyDerivation, { readonly name: "scrypt" }>;

const DERIVED_SIZE = 32;
const pbkdf2Async = promisify(pbkdf2);

/** Returns the cipher key (16 bytes), then the MAC key. Call `checkCost` first. */
export function deriveKey(password: string, derivation: KeyDerivation): Promise<Uint8Array> {
  if (derivation.name === "pbkdf2") {
    return pbkdf2Async(password, derivation.salt, derivation.iterations, DERIVED_SIZE, "sha256");
  }
  return isWithinRfc7914(derivation)
    ? scryptOnThreadPool(password, derivation)
    : scryptHere(password, derivation);
}

function scryptOnThreadPool(password: string, { n, r, p, salt }: Scrypt): Promise<Uint8Array> {
  // scrypt's own memory, and 1 MiB of slack.
  const maxmem = 128 * r * (n + p + 2) + 2 ** 20;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, DERIVED_SIZE, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Blocks the calling thread. */
function scryptHere(password: string, { n, r, p, salt }: Scrypt): Promise<Uint8Array> {
  return wasmScrypt({
    password,
    salt,
    costFactor: n,
    blockSize: r,
    parallelism: p,
    hashLength: DERIVED_SIZE,
    outputType: "binary",
  });
}
