import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, isTrellisError } from "@trellis/base";
import {
  decryptBlsKeystore,
  decryptKeystore,
  keystoreLimits,
  parseBlsKeystore,
  parseKeystore,
} from "@trellis/crypto";
import { signerErrors } from "../../keyServices/errors.ts";
import { createKeyHolder } from "../createKeyHolder.ts";
import type { KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";
import { LocalKey } from "../LocalKey.ts";

export interface KeystoreOptions {
  readonly folder: string;
  /** Default: `validator` for EIP-2335 files, `account` for others. */
  readonly purpose?: KeyPurpose;
}

interface KeystorePorts {
  /** Called at a file's first signature. */
  readonly password: (file: string) => Promise<string>;
}

interface KeystoreFile {
  readonly description: KeyDescription;
  unlock(password: string): Promise<LocalKey>;
}

const NAME = "keystore";

/** EIP-2335 (version 4) and Web3 Secret Storage (version 3). Ids are public keys or addresses. */
export function openKeystoreHolder(options: KeystoreOptions, { password }: KeystorePorts): KeyHolder {
  const files = new Map<string, KeystoreFile>();
  /** Promises, so that concurrent signatures decrypt a key only once. */
  const unlocked = new Map<string, Promise<LocalKey>>();

  async function unlock(id: string): Promise<LocalKey> {
    const { description, unlock: decrypt } = files.get(id) as KeystoreFile;
    const key = await decrypt(await password(description.location));
    files.set(id, { description: { ...description, publicKey: key.publicKey }, unlock: decrypt });
    return key;
  }

  return createKeyHolder({
    name: NAME,
    async list() {
      const found = readFiles(options);
      for (const file of found) {
        const id = file.description.id;
        if (!files.has(id)) files.set(id, file);
      }
      const ids = new Set(found.map(({ description }) => description.id));
      return [...ids].map((id) => (files.get(id) as KeystoreFile).description);
    },
    async sign({ id }, payload) {
      const opening = unlocked.get(id) ?? unlock(id);
      unlocked.set(id, opening);
      // The operator may correct a wrong password.
      opening.catch(() => unlocked.delete(id));
      return (await opening).sign(payload);
    },
    async close() {
      const opened = await Promise.allSettled(unlocked.values());
      for (const outcome of opened) if (outcome.status === "fulfilled") outcome.value.wipe();
      unlocked.clear();
      files.clear();
    },
  });
}

function readFiles({ folder, purpose }: KeystoreOptions): KeystoreFile[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, folder, reason }, error);
  }
  return names.map((name) => readFile(join(folder, name), purpose)).filter((file) => file !== undefined);
}

function readFile(file: string, purpose: KeyPurpose | undefined): KeystoreFile | undefined {
  const { size, mtimeMs, isFile } = factsOf(file);
  if (!isFile || size > keystoreLimits.fileSizeMax) return undefined;
  const text = readFileSync(file, "utf8");
  const about = { holder: NAME, location: file, createdMs: Math.floor(mtimeMs) };
  return (
    ifReadable(() => {
      const keystore = parseBlsKeystore(text);
      const { publicKey } = keystore;
      return {
        description: {
          id: bytesToHex(publicKey),
          purpose: purpose ?? "validator",
          algorithm: "bls12-381",
          publicKey,
          ...about,
        },
        unlock: async (password) => heldKey("bls12-381", await decryptBlsKeystore(keystore, password)),
      };
    }) ??
    ifReadable(() => {
      const keystore = parseKeystore(text);
      const id = keystore.address === undefined ? keystore.id : bytesToHex(keystore.address);
      return {
        description: { id, purpose: purpose ?? "account", algorithm: "secp256k1", ...about },
        unlock: async (password) => heldKey("secp256k1", await decryptKeystore(keystore, password)),
      };
    })
  );
}

function factsOf(file: string) {
  const stats = statSync(file, { throwIfNoEntry: false });
  return { size: stats?.size ?? 0, mtimeMs: stats?.mtimeMs ?? 0, isFile: stats?.isFile() === true };
}

function ifReadable(read: () => KeystoreFile): KeystoreFile | undefined {
  try {
    return read();
  } catch (error) {
    if (isTrellisError(error, "KEYSTORE_INVALID")) return undefined;
    throw error;
  }
}

function heldKey(algorithm: "bls12-381" | "secp256k1", secret: Uint8Array): LocalKey {
  const key = new LocalKey(algorithm, secret);
  secret.fill(0);
  return key;
}
