import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { bytesToHex, hexToBytes, isHex, type Random } from "@trellis/base";
import { networkErrors } from "../errors.ts";

const MODE = 0o600;
const KEY_BYTES = 32;

/** Creates the file if absent. The folder must exist. [LINK-1] @throws PEER_KEY_UNREADABLE */
export async function openPeerKey(path: string, random: Random): Promise<Uint8Array> {
  return (await readPeerKey(path)) ?? createKey(path, random);
}

/** @returns undefined if the file is absent @throws PEER_KEY_UNREADABLE */
export async function readPeerKey(path: string): Promise<Uint8Array | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const key = text.trim();
  if (isHex(key, KEY_BYTES)) return hexToBytes(key);
  throw networkErrors.PEER_KEY_UNREADABLE({ path, reason: "not 0x and 64 hexadecimal digits" });
}

async function createKey(path: string, random: Random): Promise<Uint8Array> {
  const key = random.bytes(KEY_BYTES);
  const draft = `${path}.new`;
  try {
    // A crash leaves the whole key or no file.
    await unlink(draft).catch(() => {});
    await writeFile(draft, `${bytesToHex(key)}\n`, { mode: MODE, flag: "wx", flush: true });
    await rename(draft, path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return key;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown) {
  return networkErrors.PEER_KEY_UNREADABLE(
    { path, reason: cause instanceof Error ? cause.message : String(cause) },
    cause,
  );
}
