import { isTrellisError } from "@trellis/base";
import { networkErrors } from "../../errors.ts";
import type { BanRecord } from "../BanList.ts";
import { BAN_LIMITS, BOOK_LIMITS } from "../limits.ts";

export interface BookEntry {
  readonly peer: string;
  readonly addresses: readonly string[];
  readonly lastSeenMs: number;
  readonly lastSuccessMs: number | undefined;
  readonly failures: number;
  readonly notBeforeMs: number;
}

export interface BookContents {
  readonly peers: readonly BookEntry[];
  readonly bans: readonly BanRecord[];
}

const VERSION = 1;

/** UTF-8 JSON. [PEER-18] */
export function encodeBook({ peers, bans }: BookContents): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ version: VERSION, peers, bans }, null, 1)}\n`);
}

/** @throws PEER_BOOK_CORRUPT */
export function decodeBook(bytes: Uint8Array): BookContents {
  if (bytes.length > BOOK_LIMITS.bytesMax) throw corrupt("size");
  const fields = recordAt(parse(bytes), "book");
  if (fields.version !== VERSION) throw corrupt("version");
  return {
    peers: listAt(fields.peers, "peers", BOOK_LIMITS.peersMax).map(decodeEntry),
    bans: listAt(fields.bans, "bans", BAN_LIMITS.recordsMax).map(decodeBan),
  };
}

function decodeEntry(value: unknown): BookEntry {
  const { peer, addresses, lastSeenMs, lastSuccessMs, failures, notBeforeMs } = recordAt(value, "peer");
  return {
    peer: textAt(peer, "peer", BOOK_LIMITS.idCharactersMax),
    addresses: listAt(addresses, "addresses", BOOK_LIMITS.addressesPerPeerMax).map((address) =>
      textAt(address, "address", BOOK_LIMITS.addressCharactersMax),
    ),
    lastSeenMs: numberAt(lastSeenMs, "lastSeenMs"),
    lastSuccessMs: lastSuccessMs === undefined ? undefined : numberAt(lastSuccessMs, "lastSuccessMs"),
    failures: numberAt(failures, "failures"),
    notBeforeMs: numberAt(notBeforeMs, "notBeforeMs"),
  };
}

function decodeBan(value: unknown): BanRecord {
  const { kind, target, reason, sinceMs, untilMs, isByOperator, count, host } = recordAt(value, "ban");
  if (kind !== "peer" && kind !== "ip") throw corrupt("kind");
  if (typeof isByOperator !== "boolean") throw corrupt("isByOperator");
  return {
    kind,
    target: textAt(target, "target", BOOK_LIMITS.idCharactersMax),
    reason: textAt(reason, "reason", BAN_LIMITS.reasonCharactersMax),
    sinceMs: numberAt(sinceMs, "sinceMs"),
    untilMs: numberAt(untilMs, "untilMs"),
    isByOperator,
    count: numberAt(count, "count"),
    host: host === undefined ? undefined : textAt(host, "host", BOOK_LIMITS.idCharactersMax),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw isTrellisError(cause) ? cause : networkErrors.PEER_BOOK_CORRUPT({ field: "json" }, cause);
  }
}

function recordAt(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw corrupt(field);
  return value as Record<string, unknown>;
}

function listAt(value: unknown, field: string, countMax: number): unknown[] {
  if (!Array.isArray(value) || value.length > countMax) throw corrupt(field);
  return value;
}

function textAt(value: unknown, field: string, charactersMax: number): string {
  if (typeof value !== "string" || value.length > charactersMax) throw corrupt(field);
  return value;
}

function numberAt(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw corrupt(field);
  return value as number;
}

function corrupt(field: string): Error {
  return networkErrors.PEER_BOOK_CORRUPT({ field });
}
