import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { bytesEqual, bytesToHex, hexToBytes } from "@trellis/base";
import type { SeenHead, WitnessMemory } from "../log/index.ts";

type Kept = Record<string, { size: number; root: string }>;

/** A file, because restoring the database must not reset the last seen head. Each process has its own file. */
export function fileWitnessMemory(file: string): WitnessMemory {
  return {
    read: async (origin) => seenIn(read(file), origin),
    async replace(origin, before, after) {
      const kept = read(file);
      if (!isSame(seenIn(kept, origin), before)) return false;
      write(file, { ...kept, [origin]: { size: after.size, root: bytesToHex(after.root) } });
      return true;
    },
  };
}

function read(file: string): Kept {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : {};
}

function seenIn(kept: Kept, origin: string): SeenHead | undefined {
  const seen = Object.hasOwn(kept, origin) ? kept[origin] : undefined;
  return seen && { size: seen.size, root: hexToBytes(seen.root) };
}

function isSame(one: SeenHead | undefined, other: SeenHead | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.size === other.size && bytesEqual(one.root, other.root);
}

/** Atomic and durable. */
function write(file: string, kept: Kept): void {
  const next = `${file}.next`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const handle = openSync(next, "w", 0o600);
  writeSync(handle, `${JSON.stringify(kept)}\n`);
  sync(handle);
  renameSync(next, file);
  sync(openSync(dirname(file), "r"));
}

function sync(handle: number): void {
  fsyncSync(handle);
  closeSync(handle);
}
