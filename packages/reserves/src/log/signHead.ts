import { headToText, type TreeHead } from "./head.ts";
import { headKeyId } from "./keys.ts";
import { formatNote } from "./note.ts";
import type { HeadSigner } from "./signers.ts";

/** C2SP tlog-checkpoint. @throws LOG_MALFORMED */
export async function signHead(head: TreeHead, signers: readonly HeadSigner[]): Promise<string> {
  const text = headToText(head);
  const message = new TextEncoder().encode(text);
  const signatures = await Promise.all(
    signers.map(async ({ key, sign }) => ({
      name: key.name,
      keyId: headKeyId(key),
      signature: await sign(message),
    })),
  );
  return formatNote({ text, signatures });
}
