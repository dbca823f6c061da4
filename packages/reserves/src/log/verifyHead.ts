import type { Facts, TrellisError } from "@trellis/base";
import { logErrors } from "./errors.ts";
import { type TreeHead, textToHead } from "./head.ts";
import { ed25519Verifiers, type HeadKey, headKeyId, type Verifiers } from "./keys.ts";
import { type Note, type NoteSignature, parseNote } from "./note.ts";

export interface HeadTrust {
  readonly origin: string;
  /** All keys must have signed. */
  readonly logKeys: readonly HeadKey[];
  readonly witnessKeys?: readonly HeadKey[];
  /** Required cosignatures; default: 0. */
  readonly witnessesMin?: number;
}

export interface VerifiedHead extends TreeHead {
  readonly witnesses: readonly { readonly name: string; readonly timeSeconds: number }[];
}

/**
 * Ignores unknown signatures. In a browser, ML-DSA keys need a verifier.
 * @throws LOG_MALFORMED, LOG_HEAD_REFUSED, LOG_WITNESSES_TOO_FEW
 */
export function verifyHead(
  signedHead: string,
  trust: HeadTrust,
  verifiers: Verifiers = ed25519Verifiers,
): VerifiedHead {
  const note = parseNote(signedHead);
  const head = textToHead(note.text);
  if (head.origin !== trust.origin)
    throw refused("for another log", { got: head.origin, expected: trust.origin });
  // Without keys no signature would be checked.
  if (trust.logKeys.length === 0) throw refused("no signature by the expected key", { origin: head.origin });
  for (const key of trust.logKeys) verifyLogSignature(note, key, verifiers);

  const witnesses = (trust.witnessKeys ?? []).flatMap((key) => verifyCosignature(note, key, verifiers));
  const names = new Set(witnesses.map(({ name }) => name));
  const witnessesMin = trust.witnessesMin ?? 0;
  if (names.size < witnessesMin) throw logErrors.LOG_WITNESSES_TOO_FEW({ got: names.size, witnessesMin });
  return { ...head, witnesses };
}

/** C2SP tlog-cosignature. */
export function cosignedMessage(headText: string, timeSeconds: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timeSeconds}\n${headText}`);
}

const COSIGNATURE_TIME_SIZE = 8;

function verifyLogSignature(note: Note, key: HeadKey, verifiers: Verifiers): void {
  const found = signatureOf(note, key);
  if (found === undefined)
    throw refused("no signature by the expected key", { name: key.name, algorithm: key.algorithm });
  check(new TextEncoder().encode(note.text), found.signature, key, verifiers);
}

/** Throws only for an invalid cosignature. */
function verifyCosignature(
  note: Note,
  key: HeadKey,
  verifiers: Verifiers,
): { name: string; timeSeconds: number }[] {
  const found = signatureOf(note, key);
  if (found === undefined) return [];
  const { signature } = found;
  if (signature.length <= COSIGNATURE_TIME_SIZE)
    throw refused("a signature does not match", { name: key.name });
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw refused("a signature does not match", { name: key.name });
  const timeSeconds = Number(time);
  check(cosignedMessage(note.text, timeSeconds), signature.subarray(COSIGNATURE_TIME_SIZE), key, verifiers);
  return [{ name: key.name, timeSeconds }];
}

function signatureOf(note: Note, key: HeadKey): NoteSignature | undefined {
  const keyId = headKeyId(key);
  return note.signatures.find((line) => line.name === key.name && line.keyId === keyId);
}

function check(message: Uint8Array, signature: Uint8Array, key: HeadKey, verifiers: Verifiers): void {
  const verify = verifiers[key.algorithm];
  if (verify === undefined)
    throw logErrors.LOG_MALFORMED({ reason: "key", name: key.name, algorithm: key.algorithm });
  if (!verify(message, signature, key.publicKey))
    throw refused("a signature does not match", { name: key.name, algorithm: key.algorithm });
}

function refused(reason: string, facts: Facts = {}): TrellisError {
  return logErrors.LOG_HEAD_REFUSED({ reason, ...facts });
}
