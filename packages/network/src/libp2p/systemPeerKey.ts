import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { libp2pErrors } from "./errors.ts";

/** Only its owner may read it: whoever has it is this node to all others. */
const MODE = 0o600;

/** A new identity that is not kept. */
export function createPeerKey(): Promise<PrivateKey> {
  return generateKeyPair("Ed25519");
}

/**
 * The key of this node on the network: what the file holds (a libp2p private key in base64), or a new one that is
 * written to it. The file's folder must be there.
 * @throws PEER_KEY_UNREADABLE
 */
export async function openPeerKey(path: string): Promise<PrivateKey> {
  try {
    return privateKeyFromProtobuf(Buffer.from(await readFile(path, "utf8"), "base64"));
  } catch (cause) {
    if (!isMissing(cause)) throw libp2pErrors.PEER_KEY_UNREADABLE({ path }, cause);
  }
  const key = await createPeerKey();
  const draft = `${path}.new`;
  try {
    // Written beside and then renamed: a crash leaves the whole key or none. The draft of a crash is written over.
    await unlink(draft).catch(() => {});
    await writeFile(draft, `${Buffer.from(privateKeyToProtobuf(key)).toString("base64")}\n`, {
      mode: MODE,
      flag: "wx",
      flush: true,
    });
    await rename(draft, path);
  } catch (cause) {
    throw libp2pErrors.PEER_KEY_UNREADABLE({ path }, cause);
  }
  return key;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
