import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { bytesToHex, isTrellisError } from "@trellis/base";
import { exportProtection, importProtection } from "@trellis/chain";
import {
  decryptBlsKeystore,
  decryptKeystore,
  parseBlsKeystore,
  parseKeystore,
  publicKeyToAddress,
} from "@trellis/crypto";
import { ALGORITHMS, type SigningAlgorithm } from "@trellis/platform/keys";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import { openServiceKeys, type ProcessIo } from "@trellis/platform/service";
import { loadKeys, type NewKey, type SignerKey, storeKey } from "@trellis/platform/signer";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import { isUnused, openValidatorKey, validatorKeyFile } from "../validator/keyFile.ts";
import { openEnvelope, openKeys, placesOf } from "./places.ts";
import type { SignerSettings } from "./settings.ts";
import { protectionDirectory, unusedMark } from "./voteOperation.ts";

const USUAL: Readonly<Partial<Record<NewKey["purpose"], SigningAlgorithm>>> = {
  validator: "bls12-381",
  account: "secp256k1",
  anchor: "secp256k1",
};

export async function newKey(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const algorithm = algorithmOf(settings);
  const secret = ALGORITHMS[algorithm].secretOf(systemRandom.bytes(32));
  const key = await add(settings, { purpose: settings.purpose, name: settings.name, algorithm }, secret, io);
  if (key.purpose === "validator") markUnused(settings, key.publicKey);
  return shown(key);
}

export async function importKey(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const { validatorDir, serviceDir, keyFrom, purpose, name } = settings;
  if ([validatorDir, serviceDir, keyFrom].filter((given) => given !== "").length !== 1)
    throw trellisErrors.INPUT_INVALID({
      what: "key",
      expected: "one of --validator-dir, --service-dir and --key-from",
    });
  if (validatorDir !== "") return moveValidator(settings, io);
  if (serviceDir !== "") return importServiceKeys(settings, io);
  // Without its slashing protection record, a validator could equivocate.
  if (purpose === "validator")
    throw trellisErrors.INPUT_INVALID({ what: "key", expected: "--validator-dir for a validator's key" });
  const secret = await readImported(settings, io);
  return shown(await add(settings, { purpose, name, algorithm: algorithmOf(settings) }, secret, io));
}

export async function listKeys(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const keys = await openKeys(settings, io);
  try {
    return { keys: keys.all.map(shown) };
  } finally {
    await keys.close();
  }
}

/**
 * Imports the slashing protection record and renames the node's key file before adding the key, so that only
 * one process votes.
 */
async function moveValidator(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const { validatorDir, passwordFrom, name } = settings;
  const secret = await openValidatorKey(validatorDir, () =>
    readSecret(passwordFrom, "Password of the validator's key", io),
  );
  const publicKey = ALGORITHMS["bls12-381"].publicKeyOf(secret);
  const text = await protectionIn(validatorDir);
  const folder = protectionDirectory(placesOf(settings).protection, publicKey);
  if (text === undefined) markUnused(settings, publicKey);
  else await importProtection(folder, publicKey, text);
  const file = validatorKeyFile(validatorDir);
  const moved = `${file}.moved`;
  renameSync(file, moved);
  const key = await add(settings, { purpose: "validator", name, algorithm: "bls12-381" }, secret, io);
  return { ...shown(key), moved };
}

/** Undefined if the key has signed nothing. @throws VOTE_LOG_LOCKED while the node is running */
async function protectionIn(validatorDir: string): Promise<string | undefined> {
  try {
    return await exportProtection(validatorDir, { isUnused: isUnused(validatorDir) });
  } catch (error) {
    if (isTrellisError(error, "NOTHING_SIGNED")) return undefined;
    throw error;
  }
}

async function importServiceKeys(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const { serviceDir, name, passwordFrom } = settings;
  const keys = await openServiceKeys(
    { dataDir: serviceDir, keyFrom: "", keysPassphraseFrom: passwordFrom },
    { random: systemRandom, clock: systemClock, io },
  );
  const move = (purpose: "record" | "log") =>
    add(settings, { purpose, name, algorithm: "ed25519" }, keys.active(purpose).secret, io);
  return { record: shown(await move("record")), log: shown(await move("log")) };
}

async function add(
  settings: SignerSettings,
  key: Omit<NewKey, "createdMs">,
  secret: Uint8Array,
  io: ProcessIo,
): Promise<SignerKey> {
  const envelope = await openEnvelope(settings, io);
  const folder = placesOf(settings).keys;
  const publicKey = ALGORITHMS[key.algorithm].publicKeyOf(secret);
  const held = loadKeys(folder, envelope).findByPublicKey(publicKey);
  if (held !== undefined) throw trellisErrors.FILE_EXISTS({ key: held.id });
  const stored = await storeKey(folder, { ...key, createdMs: systemClock.nowMs() }, secret, envelope);
  secret.fill(0);
  return stored;
}

function markUnused(settings: SignerSettings, publicKey: Uint8Array): void {
  const folder = protectionDirectory(placesOf(settings).protection, publicKey);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mark = unusedMark(folder);
  if (!existsSync(mark)) writeFileSync(mark, "", { mode: 0o600, flush: true });
}

function algorithmOf({ algorithm, purpose }: SignerSettings): SigningAlgorithm {
  const chosen = algorithm === "" ? (USUAL[purpose] ?? "ed25519") : algorithm;
  if (purpose === "validator" && chosen !== "bls12-381")
    throw trellisErrors.INPUT_INVALID({ what: "algorithm", got: chosen, expected: "bls12-381" });
  return chosen;
}

async function readImported(
  { keyFrom, passwordFrom, algorithm }: SignerSettings,
  io: ProcessIo,
): Promise<Uint8Array> {
  const text = (await readSecret(keyFrom, "Key to import", io)).trim();
  if (text.startsWith("{")) {
    const password = await readSecret(passwordFrom, "Password of the keystore", io);
    return algorithm === "bls12-381"
      ? decryptBlsKeystore(parseBlsKeystore(text), password)
      : decryptKeystore(parseKeystore(text), password);
  }
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)?.[1];
  if (digits === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.length });
  return new Uint8Array(Buffer.from(digits, "hex"));
}

function shown({ id, algorithm, publicKey, createdMs }: SignerKey) {
  return {
    id,
    algorithm,
    publicKey: bytesToHex(publicKey),
    ...(algorithm === "secp256k1" && { address: bytesToHex(publicKeyToAddress(publicKey)) }),
    created: new Date(createdMs).toISOString(),
  };
}
