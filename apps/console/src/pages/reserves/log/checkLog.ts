import {
  decodeEntry,
  type HeadTrust,
  type LogEntry,
  leafHash,
  type VerifiedHead,
  verifyConsistency,
  verifyHead,
  verifyInclusion,
} from "@trellis/reserves/log/verify";
import { type Hex, hexToBytes } from "viem";
import { client, watched } from "../service/client.ts";

interface PublishedKeys {
  readonly log: { readonly origin: string; readonly name: string; readonly publicKey: Hex };
}

/** Returns keys from the service itself. Users can compare them with keys noted earlier. */
async function readTrust(): Promise<HeadTrust> {
  const response = await watched("/.well-known/trellis-reserves.json");
  const { origin, name, publicKey } = ((await response.json()) as PublishedKeys).log;
  return { origin, logKeys: [{ name, algorithm: "ed25519", publicKey: hexToBytes(publicKey) }] };
}

export interface CheckedHead {
  readonly head: VerifiedHead;
  readonly note: string;
  readonly key: { readonly name: string; readonly publicKey: Uint8Array };
}

export async function readHead(): Promise<CheckedHead> {
  const trust = await readTrust();
  const { note } = await client.call("getLogHead", {});
  return { head: verifyHead(note, trust), note, key: trust.logKeys[0]! };
}

export async function checkInclusion(index: number): Promise<VerifiedHead> {
  const { head } = await readHead();
  const { entries } = await client.call("getLogEntries", { start: index, count: 1 });
  const { hashes } = await client.call("getInclusionProof", { index, size: head.size });
  const entry = fromBase64(entries[0] ?? "");
  verifyInclusion({
    leafHash: leafHash(entry),
    index,
    size: head.size,
    root: head.root,
    proof: hashes.map(toBytes),
  });
  return head;
}

export async function checkConsistency(
  keptNote: string,
): Promise<{ readonly old: VerifiedHead; readonly head: VerifiedHead }> {
  const trust = await readTrust();
  const old = verifyHead(keptNote, trust);
  const { note } = await client.call("getLogHead", {});
  const head = verifyHead(note, trust);
  const isLonger = old.size < head.size && old.size > 0;
  const { hashes } = isLonger
    ? await client.call("getConsistencyProof", { from: old.size, to: head.size })
    : { hashes: [] };
  verifyConsistency({
    oldSize: old.size,
    oldRoot: old.root,
    newSize: head.size,
    newRoot: head.root,
    proof: hashes.map(toBytes),
  });
  return { old, head };
}

export interface ReadEntry {
  readonly index: number;
  readonly entry: LogEntry;
}

export async function readEntries(size: number, count: number): Promise<readonly ReadEntry[]> {
  const start = Math.max(0, size - count);
  const { entries } = await client.call("getLogEntries", { start, count });
  return entries
    .map((text, index) => ({ index: start + index, entry: decodeEntry(fromBase64(text)) }))
    .toReversed();
}

function toBytes(hash: string): Uint8Array {
  return hexToBytes(hash as Hex);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
