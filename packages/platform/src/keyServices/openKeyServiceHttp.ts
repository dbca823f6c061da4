import { isTrellisError } from "@trellis/base";
import { signerErrors } from "./errors.ts";
import type { KeyServiceHttp } from "./KeyServiceHttp.ts";

/** 10,000 public keys take 1.4 MB. */
const ANSWER_BYTES_MAX = 4 << 20;

/** Refuses redirects, which could leak the token. */
export function openKeyServiceHttp(timeoutMs: number): KeyServiceHttp {
  return async ({ method, url, headers, body, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: "error",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return { status: answer.status, text: await textOf(answer) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isTrellisError(error)) throw error;
      // The message may contain the token.
      const reason = error instanceof Error ? error.name : "unknown";
      throw signerErrors.SIGNER_UNREACHABLE({ host: new URL(url).host, reason });
    }
  };
}

async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) throw signerErrors.SIGNER_UNREACHABLE({ reason: "response too long" });
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
