import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { bytesToHex, hexToBytes } from "@trellis/base";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import type { AuditEntry, AuditHead, AuditStore } from "./AuditEntry.ts";
import { verifyAuditLog } from "./createAuditLog.ts";

/** Only one process may append. An entry is valid once synced to disk. */
export interface AuditFile extends AuditStore {
  close(): void;
}

const MODE = 0o600;
const PART_BYTES = 1 << 20;

const line = z.strictObject({
  sequence: z.int().min(0),
  timeMs: z.int(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  outcome: z.enum(["done", "refused", "failed"]),
  correlationId: z.string(),
  facts: z.record(z.string(), z.string()),
  previousHash: z.string(),
  hash: z.string(),
});

/**
 * Verifies the hash chain. Removes an incomplete last line, because its request was not signed.
 * @throws SIGNER_AUDIT_BROKEN
 */
export async function openAuditFile(path: string): Promise<AuditFile> {
  const file = openSync(path, "a+", MODE);
  try {
    syncDirectory(dirname(path));
    const store = storeOf(path, file);
    const { broken } = await verifyAuditLog(store);
    if (broken !== undefined) throw signerErrors.SIGNER_AUDIT_BROKEN({ path, ...broken });
    return store;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function storeOf(path: string, file: number): AuditFile {
  const { offsets, size } = indexOf(file);
  // A different size means a second writer.
  let end = size;

  function entryAt(sequence: number): AuditEntry | undefined {
    const from = offsets[sequence];
    if (from === undefined) return undefined;
    const bytes = Buffer.alloc((offsets[sequence + 1] ?? end) - from);
    readSync(file, bytes, 0, bytes.length, from);
    return parseEntry(path, bytes.toString("utf8"));
  }

  const head = (): AuditHead | undefined => {
    const last = entryAt(offsets.length - 1);
    return last && { sequence: last.sequence, hash: last.hash };
  };

  return {
    head: async () => head(),
    async append(next) {
      const entry = next(head());
      if (sizeOf(path, file) !== end)
        throw signerErrors.SIGNER_AUDIT_BROKEN({ path, reason: "another process is writing the file" });
      const { previousHash, hash } = entry;
      const written = { ...entry, previousHash: bytesToHex(previousHash), hash: bytesToHex(hash) };
      const bytes = Buffer.from(`${JSON.stringify(written)}\n`);
      writeWhole(path, file, bytes, end);
      offsets.push(end);
      end += bytes.length;
      return entry;
    },
    async read(fromSequence, limit) {
      const entries: AuditEntry[] = [];
      for (let sequence = fromSequence; entries.length < limit; sequence += 1) {
        const entry = entryAt(sequence);
        if (entry === undefined) break;
        entries.push(entry);
      }
      return entries;
    },
    close: () => closeSync(file),
  };
}

function sizeOf(path: string, file: number): number {
  try {
    return fstatSync(file).size;
  } catch (error) {
    throw signerErrors.SIGNER_AUDIT_UNWRITABLE({ path }, error);
  }
}

function writeWhole(path: string, file: number, bytes: Uint8Array, end: number): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } catch (error) {
    try {
      ftruncateSync(file, end);
    } catch {
      // If truncation fails, the size check refuses the next entry.
    }
    throw signerErrors.SIGNER_AUDIT_UNWRITABLE({ path }, error);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function indexOf(file: number): { readonly offsets: number[]; readonly size: number } {
  const offsets: number[] = [];
  const part = Buffer.alloc(PART_BYTES);
  let lineAt = 0;
  for (let at = 0; ; ) {
    const count = readSync(file, part, 0, part.length, at);
    if (count === 0) break;
    for (let place = part.indexOf(10); place !== -1 && place < count; place = part.indexOf(10, place + 1)) {
      offsets.push(lineAt);
      lineAt = at + place + 1;
    }
    at += count;
  }
  ftruncateSync(file, lineAt);
  return { offsets, size: lineAt };
}

function parseEntry(path: string, text: string): AuditEntry {
  try {
    const { previousHash, hash, ...entry } = line.parse(JSON.parse(text));
    return { ...entry, previousHash: hexToBytes(previousHash), hash: hexToBytes(hash) };
  } catch (error) {
    throw signerErrors.SIGNER_AUDIT_BROKEN({ path, reason: "a line is not an entry" }, error);
  }
}
