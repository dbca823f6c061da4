import { readFileSync } from "node:fs";
import { type Hex, hexToBytes } from "@trellis/base";
import type { ProcessIo } from "@trellis/platform/service";
import {
  type HeadTrust,
  leafHash,
  type TreeHead,
  verifyConsistency,
  verifyHead,
  verifyInclusion,
} from "@trellis/reserves/log";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { trellisErrors } from "../../errors.ts";
import { print, publicClient, snapshotNumber, writeResult } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

interface SnapshotAnswer {
  readonly logIndex: number | null;
}
interface Path {
  readonly hashes: readonly Hex[];
}

export async function log(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [question, file] = settings.operands;
  const kept = keptNote(question, file);
  const client = publicClient(settings);
  const trust = await trustOf(client, settings);
  const { note } = await client.get<{ note: string }>("/v1/log/head");
  const head = verifyHead(note, trust);
  if (question === undefined) return writeResult(note, settings, io);
  if (question === "inclusion") return inclusion(head, client, settings, io);
  return consistency(verifyHead(kept, trust), head, client, settings, io);
}

async function trustOf(client: ServiceClient, { logKey }: ReservesSettings): Promise<HeadTrust> {
  const published = await client.get<{ log: { origin: string; name: string; publicKey: Hex } }>(
    "/.well-known/trellis-reserves.json",
  );
  const { origin, name } = published.log;
  const publicKey = logKey === "" ? published.log.publicKey : (logKey as Hex);
  return { origin, logKeys: [{ name, algorithm: "ed25519", publicKey: hexToBytes(publicKey) }] };
}

function keptNote(question: string | undefined, file: string | undefined): string {
  if (question === undefined || question === "inclusion") return "";
  if (question !== "consistency") {
    throw trellisErrors.USAGE_INVALID({ kind: "action", got: `log ${question.slice(0, 80)}` });
  }
  if (file === undefined) throw trellisErrors.USAGE_INVALID({ action: "log consistency", needed: 1, got: 0 });
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE(
      { what: "head that `trellis reserves log --out FILE` keeps", file, reason },
      error,
    );
  }
}

async function inclusion(
  head: TreeHead,
  client: ServiceClient,
  settings: ReservesSettings,
  io: ProcessIo,
): Promise<void> {
  const snapshot = await snapshotNumber(settings, client);
  const { logIndex: index } = await client.get<SnapshotAnswer>(`/v1/snapshots/${snapshot}`);
  if (index === null)
    throw trellisErrors.INPUT_INVALID({
      reason: "no signed snapshot",
      expected: "a snapshot: `trellis reserves snapshot` takes one",
      snapshot,
      in: "the log",
    });
  const { entries } = await client.get<{ entries: string[] }>(`/v1/log/entries?start=${index}&count=1`);
  const { hashes } = await client.get<Path>(`/v1/log/inclusion?index=${index}&size=${head.size}`);
  const entry = new Uint8Array(Buffer.from(entries[0] ?? "", "base64"));
  const { size, root } = head;
  verifyInclusion({ leafHash: leafHash(entry), index, size, root, proof: hashes.map(hexToBytes) });
  print({ isIncluded: true, snapshot, index, size, entry: entries[0] ?? "" }, settings, io);
}

async function consistency(
  old: TreeHead,
  head: TreeHead,
  client: ServiceClient,
  settings: ReservesSettings,
  io: ProcessIo,
): Promise<void> {
  // For equal sizes or an empty log, comparing the checkpoints suffices.
  const isLonger = old.size > 0 && old.size < head.size;
  const { hashes } = isLonger
    ? await client.get<Path>(`/v1/log/consistency?from=${old.size}&to=${head.size}`)
    : { hashes: [] };
  const sizes = { oldSize: old.size, newSize: head.size };
  verifyConsistency({ ...sizes, oldRoot: old.root, newRoot: head.root, proof: hashes.map(hexToBytes) });
  print({ isConsistent: true, ...sizes }, settings, io);
}
