import { sha256 } from "@noble/hashes/sha2.js";
import { base64 } from "@scure/base";
import { logErrors } from "./errors.ts";

/** C2SP signed-note. */
export interface NoteSignature {
  readonly name: string;
  /** Does not authenticate the key. */
  readonly keyId: number;
  readonly signature: Uint8Array;
}

export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const NOTE_LENGTH_MAX = 100_000;
const SIGNATURES_MAX = 64;
const NAME = /^[^\s+\p{C}]{1,255}$/u;
const LINE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/;

export function checkName(name: string): void {
  if (!NAME.test(name) || !name.isWellFormed())
    throw logErrors.LOG_MALFORMED({ reason: "not a name of a log or a witness", length: name.length });
}

/** First four bytes of a hash (C2SP signed-note). */
export function keyIdOf(name: string, algorithmId: Uint8Array, publicKey: Uint8Array): number {
  const hash = sha256
    .create()
    .update(new TextEncoder().encode(`${name}\n`))
    .update(algorithmId)
    .update(publicKey)
    .digest();
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join("")}`;
}

function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const bytes = new Uint8Array(4 + signature.length);
  new DataView(bytes.buffer).setUint32(0, keyId);
  bytes.set(signature, 4);
  return `\u2014 ${name} ${base64.encode(bytes)}\n`;
}

/** @throws LOG_MALFORMED */
export function parseNote(note: string): Note {
  if (note.length > NOTE_LENGTH_MAX || !note.endsWith("\n") || !note.isWellFormed())
    throw logErrors.LOG_MALFORMED({ reason: "head", length: note.length });
  const border = note.lastIndexOf("\n\n");
  if (border < 0) throw logErrors.LOG_MALFORMED({ reason: "head", missing: "empty line" });
  const lines = note.slice(border + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX)
    throw logErrors.LOG_MALFORMED({
      reason: "head",
      signatures: lines.length,
      signaturesMax: SIGNATURES_MAX,
    });
  return { text: note.slice(0, border + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string, position: number): NoteSignature {
  const [, name, encoded] = LINE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (name === undefined || !NAME.test(name) || bytes === undefined || bytes.length < 5)
    throw logErrors.LOG_MALFORMED({ reason: "head", signature: position });
  return {
    name,
    keyId: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0),
    signature: bytes.slice(4),
  };
}

export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = base64.decode(text);
    return base64.encode(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
