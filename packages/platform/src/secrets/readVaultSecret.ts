import { isTrellisError } from "@trellis/base";
import { z } from "zod";
import { secretsErrors } from "./errors.ts";

export interface VaultAccess {
  readonly address: string;
  readonly token: string;
  readonly namespace?: string | undefined;
}

interface VaultPlace {
  readonly mount: string;
  readonly path: string;
  readonly field: string;
}

const ANSWER_MS_MAX = 5_000;
const ANSWER_BYTES_MAX = 1 << 20;
const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const PLACE = /^([\w-]+)\/([^#?]+)#([^#]+)$/;

/** `data` is null for a deleted version. */
const kvAnswer = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: z.object({}) }),
});

export function vaultPlaceOf(text: string): VaultPlace | undefined {
  const [, mount, path, field] = PLACE.exec(text) ?? [];
  if (mount === undefined || path === undefined || field === undefined) return undefined;
  const hasSteps = path.split("/").some((step) => step === "" || step === "." || step === "..");
  return hasSteps ? undefined : { mount, path, field };
}

/** The newest version. @throws SECRET_UNREADABLE, SECRET_STORE_UNREACHABLE */
export async function readVaultSecret(
  { mount, path, field }: VaultPlace,
  { address, token, namespace }: VaultAccess,
  answerMsMax = ANSWER_MS_MAX,
): Promise<string> {
  const place = { vault: `${mount}/${path}`, field };
  const url = new URL(
    `/v1/${mount}/data/${path.split("/").map(encodeURIComponent).join("/")}`,
    originOf(address),
  );
  const body = await ask(url, { token, namespace, answerMsMax, place });
  const answer = kvAnswer.safeParse(body);
  if (!answer.success)
    throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: "not a KV engine of version 2" });
  const values = answer.data.data.data ?? {};
  const value = Object.hasOwn(values, field) ? values[field] : undefined;
  if (typeof value !== "string" || value === "")
    throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: "not there" });
  return value;
}

/** HTTP would reveal the token. */
function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOCAL.test(url.hostname));
  if (url === undefined || !isSafe || url.username !== "") {
    throw secretsErrors.SECRET_UNREADABLE({ variable: "VAULT_ADDR", reason: "not https://HOST" });
  }
  return url.origin;
}

interface Asking {
  readonly token: string;
  readonly namespace: string | undefined;
  readonly answerMsMax: number;
  readonly place: Readonly<Record<string, string>>;
}

async function ask(url: URL, { token, namespace, answerMsMax, place }: Asking): Promise<unknown> {
  const headers = {
    "x-vault-token": token,
    "x-vault-request": "true",
    ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
  };
  try {
    // A redirect's target would receive the token. Standby servers forward requests themselves.
    const answer = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(answerMsMax) });
    const { status } = answer;
    if (status === 404) throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: "not there" });
    if (status >= 500 || status === 429 || status === 412)
      throw secretsErrors.SECRET_STORE_UNREACHABLE({ ...place, status });
    if (status !== 200)
      throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: `Vault responds with status ${status}` });
    const text = await textOf(answer);
    if (text === undefined)
      throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: "the response is too long" });
    return JSON.parse(text);
  } catch (error) {
    if (isTrellisError(error)) throw error;
    if (error instanceof SyntaxError)
      throw secretsErrors.SECRET_UNREADABLE({ ...place, reason: "the response is not JSON" });
    const reason = error instanceof Error ? error.name : String(error);
    throw secretsErrors.SECRET_STORE_UNREACHABLE({ ...place, reason }, error);
  }
}

async function textOf(answer: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) return undefined;
  }
  return text;
}
