import { bytesToHex, type Hex } from "@trellis/base";
import { BLS_PUBLIC_KEY_SIZE } from "@trellis/crypto";
import type { VoteDomain } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import { JsonFields, type Refusal } from "./JsonFields.ts";
import { comparePositions, type SigningPosition, type SigningWatermark } from "./SigningWatermark.ts";
import { positionToJson, readPosition } from "./signingPosition.ts";
import type { ValidatorKey } from "./ValidatorKey.ts";

const FORMAT = "trellis-protection";
const VERSION = 1;
export const PROTECTION_BYTES_MAX = 1_048_576;
const KEYS_MAX = 1_024;

export interface Protection extends VoteDomain {
  readonly lastSigned: ReadonlyMap<Hex, SigningPosition>;
}

/** Writes JSON similar to EIP-3076. [FINAL-14] */
export function writeProtection({ chainId, genesisHash, lastSigned }: Protection): string {
  const keys = [...lastSigned].map(([publicKey, position]) => ({
    publicKey,
    lastSigned: positionToJson(position),
  }));
  const content = {
    format: FORMAT,
    version: VERSION,
    chainId: chainId.toString(),
    genesis: genesisHash,
    keys,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** If a key occurs several times, the highest entry applies. @throws PROTECTION_FILE_INVALID */
export function readProtection(text: string): Protection {
  if (text.length > PROTECTION_BYTES_MAX) throw malformed(`longer than ${PROTECTION_BYTES_MAX} bytes`);
  const fields = JsonFields.parse(text, malformed);
  fields.exactly("format", FORMAT);
  fields.exactly("version", VERSION);
  const chainId = fields.uint("chainId");
  const genesisHash = fields.hash("genesis");
  const lastSigned = new Map<Hex, SigningPosition>();
  for (const entry of fields.list("keys", KEYS_MAX)) {
    const publicKey = bytesToHex(entry.bytes("publicKey", BLS_PUBLIC_KEY_SIZE));
    const last = entry.objectOrNull("lastSigned");
    entry.finish();
    if (last === undefined) throw malformed("lastSigned is missing");
    const position = readPosition(last);
    last.finish();
    lastSigned.set(publicKey, later(position, lastSigned.get(publicKey)));
  }
  fields.finish();
  return { chainId, genesisHash, lastSigned };
}

/** All files must be of one network. @throws PROTECTION_FILE_INVALID */
export function mergeProtections(texts: readonly string[]): string {
  const [first, ...others] = texts.map(readProtection);
  if (first === undefined) throw malformed("no keys");
  const lastSigned = new Map(first.lastSigned);
  for (const other of others) {
    checkChain(other, first);
    for (const [publicKey, position] of other.lastSigned)
      lastSigned.set(publicKey, later(position, lastSigned.get(publicKey)));
  }
  return writeProtection({ ...first, lastSigned });
}

export function protectionOf(key: ValidatorKey, record: SigningWatermark): Protection {
  const lastSigned = new Map([[bytesToHex(key.publicKey), record]]);
  return { chainId: key.chainId, genesisHash: key.genesisHash, lastSigned };
}

/**
 * Never lowers the watermark. The file contains no locks, so the key signs nothing at the imported height.
 * @throws PROTECTION_FILE_INVALID
 */
export function raiseWatermark(
  key: ValidatorKey,
  record: SigningWatermark | undefined,
  protection: Protection,
): SigningWatermark {
  checkChain(protection, key);
  const publicKey = bytesToHex(key.publicKey);
  const told = protection.lastSigned.get(publicKey);
  if (told === undefined)
    throw finalityErrors.PROTECTION_FILE_INVALID({ reason: "the key is not in the file", publicKey });
  const order = record === undefined ? 1 : comparePositions(told, record);
  if (order < 0 || (order === 0 && told.value === record!.value)) return record!;
  return { ...told, own: undefined };
}

function checkChain(found: VoteDomain, expected: VoteDomain): void {
  if (found.chainId === expected.chainId && found.genesisHash === expected.genesisHash) return;
  throw finalityErrors.PROTECTION_FILE_INVALID({
    reason: "for another chain",
    chainId: found.chainId,
    genesis: found.genesisHash,
    expectedChainId: expected.chainId,
    expectedGenesis: expected.genesisHash,
  });
}

/** At equal positions either suffices: the key signs nothing at the imported height. */
function later(a: SigningPosition, b: SigningPosition | undefined): SigningPosition {
  if (b === undefined) return a;
  const order = comparePositions(a, b) || ((a.value ?? "") > (b.value ?? "") ? 1 : -1);
  return order > 0 ? a : b;
}

const malformed: Refusal = (reason) => finalityErrors.PROTECTION_FILE_INVALID({ reason });
