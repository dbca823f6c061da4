import { signerErrors } from "./errors.ts";

interface HttpQuestion {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws SIGNER_UNREACHABLE, and the reason of the request's signal */
export type KeyServiceHttp = (question: HttpQuestion) => Promise<HttpAnswer>;

/** HTTPS (except on localhost), without credentials or query. @throws SIGNER_SETUP_INVALID */
export function parseServiceUrl(holder: string, text: string): string {
  const url = URL.parse(text);
  const isNear = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isNear);
  if (url === null || !isSafe || url.username !== "" || url.search !== "" || url.hash !== "")
    throw signerErrors.SIGNER_SETUP_INVALID({
      holder,
      reason: "its address is not https://HOST, or http:// on this machine",
    });
  return url.href.replace(/\/+$/, "");
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
