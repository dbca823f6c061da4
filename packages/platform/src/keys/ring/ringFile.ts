import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Random } from "@trellis/base";
import { z } from "zod";
import { createEnvelope, type Envelope, secretsErrors } from "../../secrets/index.ts";
import { type KeyWrapping, type WrappedKey, wrappedKey } from "../../secrets/KeyWrapping.ts";
import {
  type KeyRing,
  type RetiredKey,
  RING_ALGORITHMS,
  RING_PURPOSES,
  type RingKey,
  type RingPurpose,
  ringKey,
  SECRET_SIZE,
  VERSIONS_MAX,
} from "./KeyRing.ts";

const FILE_SIZE_MAX = 262_144;
const FORMAT = 1;

const keyText = z.object({
  purpose: z.enum(RING_PURPOSES),
  version: z.int().min(1),
  createdMs: z.int().min(0),
  activeMs: z.int().min(0),
  publicKey: z.base64().optional(),
  secret: z.base64().max(1_024),
});
const retiredText = z.object({
  purpose: z.enum(RING_PURPOSES),
  version: z.int().min(1),
  createdMs: z.int().min(0),
  publicKey: z.base64().max(128),
});
const ringText = z.object({
  format: z.literal(FORMAT),
  wrapping: wrappedKey.optional(),
  keys: z.array(keyText).max(RING_PURPOSES.length * VERSIONS_MAX),
  retired: z.array(retiredText).max(1_000).default([]),
  adminSeed: z.base64().max(1_024),
});

export type ListedRingKey = Pick<RingKey, "purpose" | "version" | "createdMs" | "activeMs"> & {
  readonly publicKey?: Uint8Array;
};

/** @throws SECRET_UNREADABLE */
export function listRingKeys(text: string): {
  readonly isWrapped: boolean;
  readonly keys: ListedRingKey[];
  readonly retired: readonly RetiredKey[];
} {
  const { keys, retired, wrapping } = parse(text);
  return {
    isWrapped: wrapping !== undefined,
    retired: retired.map(retiredOf),
    keys: keys.map(({ secret: _, publicKey, ...key }) => ({
      ...key,
      ...(publicKey !== undefined && { publicKey: bytesOf(publicKey) }),
    })),
  };
}

/** @param wrapping undefined: secrets are not encrypted @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
export async function ringToText(
  { keys, retired, adminSeed }: KeyRing,
  { wrapping, random }: { readonly wrapping: KeyWrapping | undefined; readonly random: Random },
): Promise<string> {
  const master = random.bytes(SECRET_SIZE);
  const wrapped = await wrapping?.wrap(master);
  const envelope = wrapped && createEnvelope([master], random);
  const sealed = (context: string, secret: Uint8Array): string =>
    textOf(envelope === undefined ? secret : envelope.seal(context, secret));
  const document: z.input<typeof ringText> = {
    format: FORMAT,
    ...(wrapped && { wrapping: wrapped }),
    keys: RING_PURPOSES.flatMap((purpose) =>
      keys[purpose].map(({ secret, publicKey, ...key }) => ({
        ...key,
        ...(publicKey && { publicKey: textOf(publicKey) }),
        secret: sealed(contextOf(purpose, key.version), secret),
      })),
    ),
    retired: retired.map((key) => ({ ...key, publicKey: textOf(key.publicKey) })),
    adminSeed: sealed(ADMIN_CONTEXT, adminSeed),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/**
 * @throws SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG, ENVELOPE_BROKEN, SIGNER_UNREACHABLE,
 * SIGNER_SETUP_INVALID
 */
export async function textToRing(
  text: string,
  { wrapping, random }: { readonly wrapping: KeyWrapping | undefined; readonly random: Random },
): Promise<{ readonly ring: KeyRing; readonly isWrapped: boolean }> {
  const { keys, retired, adminSeed, wrapping: wrapped } = parse(text);
  const envelope = await envelopeOf(wrapped, wrapping, random);
  const open = (context: string, sealed: string): Uint8Array =>
    envelope === undefined ? bytesOf(sealed) : envelope.open(context, bytesOf(sealed));
  const opened = keys.map(({ purpose, secret, ...key }) => {
    const bytes = open(contextOf(purpose, key.version), secret);
    if (bytes.length !== SECRET_SIZE) throw unreadable("a key does not have 32 bytes");
    return ringKey(purpose, { ...key, secret: bytes });
  });
  const ofPurpose = (purpose: RingPurpose): RingKey[] =>
    opened.filter((key) => key.purpose === purpose).sort((a, b) => b.version - a.version);
  const byPurpose = Object.fromEntries(
    RING_PURPOSES.map((purpose) => [purpose, ofPurpose(purpose)]),
  ) as Record<RingPurpose, RingKey[]>;
  for (const purpose of RING_PURPOSES) {
    const versions = byPurpose[purpose].map(({ version }) => version);
    if (versions.length === 0) throw unreadable(`it has no ${purpose} key`);
    if (new Set(versions).size < versions.length) throw unreadable(`a version of ${purpose} occurs twice`);
  }
  return {
    ring: {
      keys: byPurpose,
      retired: retired.map(retiredOf),
      adminSeed: open(ADMIN_CONTEXT, adminSeed),
    },
    isWrapped: envelope !== undefined,
  };
}

/** Undefined if the file is absent. @throws SECRET_UNREADABLE */
export function readRingFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  if (statSync(file).size > FILE_SIZE_MAX) throw unreadable(`larger than ${FILE_SIZE_MAX} bytes`);
  return readFileSync(file, "utf8");
}

/** Owner-only. A power loss leaves the old or the new file. [KEY-7] */
export function writeKeyFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.next`;
  // An existing file could be accessible to others, or be a link.
  rmSync(next, { force: true });
  const handle = openSync(next, "wx", 0o600);
  writeFileSync(handle, text);
  sync(handle);
  renameSync(next, file);
  sync(openSync(dirname(file), "r"));
}

function retiredOf(key: z.output<typeof retiredText>): RetiredKey {
  return { ...key, publicKey: bytesOf(key.publicKey) };
}

const ADMIN_CONTEXT = "trellis-key/admin";

/** Binds a ciphertext to its purpose and version. */
function contextOf(purpose: RingPurpose, version: number): string {
  return `trellis-key/${purpose}/${version}/${RING_ALGORITHMS[purpose]}`;
}

async function envelopeOf(
  wrapped: WrappedKey | undefined,
  wrapping: KeyWrapping | undefined,
  random: Random,
): Promise<Envelope | undefined> {
  if (wrapped === undefined) return undefined;
  if (wrapping === undefined) throw unreadable(`encrypted by ${wrapped.kind}: set --keys-passphrase-from`);
  return createEnvelope([await wrapping.unwrap(wrapped)], random);
}

function parse(text: string): z.output<typeof ringText> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message would quote the file.
    throw unreadable("not JSON");
  }
  const parsed = ringText.safeParse(json);
  if (parsed.success) return parsed.data;
  throw unreadable(`malformed at ${parsed.error.issues[0]?.path.join(".").slice(0, 80) ?? "its root"}`);
}

function unreadable(reason: string) {
  return secretsErrors.SECRET_UNREADABLE({ what: "service's keys", reason });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function sync(handle: number): void {
  fsyncSync(handle);
  closeSync(handle);
}
