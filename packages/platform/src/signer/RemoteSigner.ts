import type { IncomingMessage } from "node:http";
import { type Agent, request as requestHttps } from "node:https";
import { bytesToHex, hexToBytes, isTrellisError, type Random } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { createTrustedAgent, type Trust } from "@trellis/crypto/tls";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { jsonOf } from "../keyServices/KeyServiceHttp.ts";
import { ALGORITHMS, DIGEST_SIZES } from "../keys/algorithms.ts";
import {
  KEY_PURPOSES,
  type KeyDescription,
  type KeyHolder,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from "../keys/KeyHolder.ts";

export interface RemoteSignerOptions extends Trust {
  readonly url: string;
  readonly certificate: string;
  readonly key: string;
  readonly pins: readonly string[];
  readonly timeoutMs: number;
}

const ANSWER_BYTES_MAX = 4 * 1_048_576;
const CONNECTIONS_MAX = 8;
const KEYS_MAX = 100_000;

const hexText = z.string().regex(/^0x(?:[0-9a-f]{2})*$/);
const signed = z.object({ signature: hexText });
const listed = z.object({
  keys: z
    .array(
      z.object({
        id: z.string().max(140),
        purpose: z.enum(KEY_PURPOSES),
        algorithm: z.enum(SIGNING_ALGORITHMS),
        publicKey: hexText,
        createdMs: z.number(),
        version: z.int(),
      }),
    )
    .max(1_000),
  hasMore: z.boolean(),
});
const refused = z.object({
  code: z.string().max(64),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
});

type ListedKey = KeyDescription & { readonly publicKey: Uint8Array; readonly algorithm: SigningAlgorithm };

/** Verifies signatures, so that an answer to another request is refused. [SIGNER-6] */
export class RemoteSigner implements KeyHolder {
  readonly name = "signer";
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #random: Random;
  readonly #reread: () => RemoteSignerOptions;
  #options: RemoteSignerOptions;
  /** The newest agent serves new requests; older agents finish theirs. */
  readonly #agents: Agent[] = [];
  #keys: readonly ListedKey[] | undefined;

  /** @param reread called when a connection is refused @throws SIGNER_SETUP_INVALID */
  constructor(options: RemoteSignerOptions, random: Random, reread = () => options) {
    const { url, authority, pins, timeoutMs } = options;
    const parsed = URL.parse(url);
    if (
      parsed?.protocol !== "https:" ||
      parsed.username !== "" ||
      parsed.pathname !== "/" ||
      parsed.search !== ""
    )
      throw signerErrors.SIGNER_SETUP_INVALID({ reason: "the signer's address is not https://HOST:PORT" });
    if (authority === undefined && pins.length === 0)
      throw signerErrors.SIGNER_SETUP_INVALID({ reason: "neither an authority nor a pin", url });
    this.#url = parsed.origin;
    this.#timeoutMs = timeoutMs;
    this.#random = random;
    this.#reread = reread;
    this.#options = options;
    this.#use(options);
  }

  /** @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID, SIGNER_REFUSED */
  async list(): Promise<readonly ListedKey[]> {
    const keys: ListedKey[] = [];
    for (;;) {
      const last = keys.at(-1);
      const after = last === undefined ? "" : `?after=${encodeURIComponent(last.id)}`;
      const page = this.#read(listed, await this.#request("GET", `/api/v1/keys${after}`));
      for (const { publicKey, version, ...key } of page.keys)
        keys.push({
          ...key,
          publicKey: hexToBytes(publicKey as `0x${string}`),
          holder: this.name,
          location: this.#url,
        });
      if (!page.hasMore) break;
      if (page.keys.length === 0 || keys.length > KEYS_MAX) throw invalid("an endless list");
    }
    this.#keys = keys;
    return keys;
  }

  /** @throws the errors of `ask`; SIGNER_SETUP_INVALID if the key is unknown */
  async sign(id: string, payload: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const { algorithm } = await this.#keyOf(id);
    const path = `/api/v1/${DIGEST_SIZES[algorithm] === undefined ? "sign" : "digest"}/${encodeURIComponent(id)}`;
    return this.#verified(id, payload, await this.ask(path, { payload: bytesToHex(payload) }, signal));
  }

  /** Signs the Keccak-256 of an unsigned transaction or personal message, which the signer checks. */
  async signMessage(id: string, message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const path = `/api/v1/eth1/sign/${encodeURIComponent(id)}`;
    const answer = await this.ask(path, { data: bytesToHex(message) }, signal);
    const signature = this.#read(signed, answer).signature;
    const bytes = hexToBytes(signature as `0x${string}`);
    // Web3Signer's v is 27 or 28.
    if (bytes.length === 65) bytes[64] = bytes[64]! - 27;
    return this.#verified(id, keccak256(message), { signature: bytesToHex(bytes) });
  }

  /**
   * @returns parsed JSON
   * @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_MESSAGE_INVALID, SIGNER_RATE_EXCEEDED,
   * SIGNER_REFUSED (for slashing protection, with `rule: "protection"`)
   */
  ask(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
    return this.#request("POST", path, JSON.stringify(body), signal);
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) agent.destroy();
  }

  get #agent(): Agent {
    return this.#agents.at(-1) as Agent;
  }

  #use(options: RemoteSignerOptions): void {
    this.#options = options;
    this.#agents.push(
      createTrustedAgent(options, { connectionsMax: CONNECTIONS_MAX, versionMin: "TLSv1.3" }),
    );
  }

  /** [SIGNER-9] */
  #isRenewed(refused: Agent): boolean {
    if (refused !== this.#agent) return true;
    try {
      const next = this.#reread();
      const trust = ({ certificate, key, authority, pins }: RemoteSignerOptions) =>
        JSON.stringify([certificate, key, authority, pins]);
      if (trust(next) === trust(this.#options)) return false;
      this.#use(next);
      return true;
    } catch (error) {
      if (isTrellisError(error)) return false;
      throw error;
    }
  }

  async #verified(id: string, payload: Uint8Array, answer: unknown): Promise<Uint8Array> {
    const signature = hexToBytes(this.#read(signed, answer).signature as `0x${string}`);
    const key = await this.#keyOf(id);
    if (!ALGORITHMS[key.algorithm].verify(payload, signature, key.publicKey))
      throw invalid(`signature does not match ${id}`);
    return signature;
  }

  async #keyOf(id: string): Promise<ListedKey> {
    const known =
      this.#keys?.find((key) => key.id === id) ?? (await this.list()).find((key) => key.id === id);
    if (known === undefined)
      throw signerErrors.SIGNER_SETUP_INVALID({ reason: "the signer has no such key", id });
    return known;
  }

  #read<T>(schema: z.ZodType<T>, answer: unknown): T {
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw invalid(read.error.issues[0]?.path.join(".").slice(0, 64) ?? "");
  }

  async #request(
    method: "GET" | "POST",
    path: string,
    body?: string,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const agent = this.#agent;
    try {
      return await this.#exchangeTwice(method, path, body, stop);
    } catch (error) {
      // Some servers reset refused connections.
      const isRefused =
        isTrellisError(error, "SIGNER_UNAUTHENTICATED") || isTrellisError(error, "SIGNER_UNREACHABLE");
      if (!isRefused || !this.#isRenewed(agent)) throw error;
      return this.#exchangeTwice(method, path, body, stop);
    }
  }

  async #exchangeTwice(
    method: "GET" | "POST",
    path: string,
    body: string | undefined,
    stop: AbortSignal,
  ): Promise<unknown> {
    const answer = await this.#exchange(method, path, body, stop);
    // The idle connection was closed. A repetition is safe: it returns the same signature.
    const second = answer === STALE ? await this.#exchange(method, path, body, stop) : answer;
    if (second === STALE)
      throw signerErrors.SIGNER_UNREACHABLE({ url: this.#url, reason: "connection closed" });
    return second;
  }

  #exchange(method: string, path: string, body: string | undefined, signal: AbortSignal): Promise<unknown> {
    const id = Buffer.from(this.#random.bytes(16)).toString("hex");
    const headers = {
      accept: "application/json",
      "x-request-id": id,
      ...(body !== undefined && {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error & { readonly code?: string }) => {
        if (request.reusedSocket && !signal.aborted && isClosed(error)) resolve(STALE);
        else reject(this.#failureOf(error, signal));
      };
      const request = requestHttps(
        `${this.#url}${path}`,
        { method, headers, agent: this.#agent, signal },
        (response) => {
          response.on("error", fail);
          if (response.headers["x-request-id"] !== id) {
            response.destroy();
            reject(invalid("an answer to another request"));
            return;
          }
          textOf(response)
            .then((text) => resolve(answerOf(response.statusCode ?? 0, text)), fail)
            .catch(reject);
        },
      );
      request.on("error", fail);
      request.end(body);
    });
  }

  #failureOf(error: Error, signal: AbortSignal): Error {
    if (isTrellisError(error, "TLS_PEER_UNTRUSTED"))
      return signerErrors.SIGNER_UNAUTHENTICATED({ url: this.#url, ...error.facts }, error);
    if (isTrellisError(error)) return error;
    const { code = "" } = error as NodeJS.ErrnoException;
    const place = { url: this.#url };
    if (signal.aborted)
      return signerErrors.SIGNER_UNREACHABLE({ ...place, reason: "no response in time" }, error);
    if (/^(?:ERR_SSL|ERR_TLS|CERT_|UNABLE_|DEPTH_|SELF_SIGNED|EPROTO)/.test(code))
      return signerErrors.SIGNER_UNAUTHENTICATED({ ...place, reason: code }, error);
    return signerErrors.SIGNER_UNREACHABLE({ ...place, reason: code || error.name }, error);
  }
}

const STALE: unique symbol = Symbol("stale");

function isClosed({ code = "" }: NodeJS.ErrnoException): boolean {
  return code === "ECONNRESET" || code === "EPIPE";
}

function invalid(reason: string) {
  return signerErrors.SIGNER_MESSAGE_INVALID({ from: "signer", reason });
}

function answerOf(status: number, text: string): unknown {
  const body = jsonOf(text);
  if (status === 200 && body !== undefined) return body;
  const { code = "", facts = {} } = refused.safeParse(body).data ?? {};
  if (status === 401) throw signerErrors.SIGNER_UNAUTHENTICATED(facts);
  if (status === 403) throw signerErrors.SIGNER_REFUSED(facts);
  if (status === 412) throw signerErrors.SIGNER_REFUSED({ ...facts, rule: "protection", code });
  if (status === 429) throw signerErrors.SIGNER_RATE_EXCEEDED(facts);
  if (status >= 500) throw signerErrors.SIGNER_UNREACHABLE({ ...facts, status, code });
  throw signerErrors.SIGNER_MESSAGE_INVALID({ ...facts, from: "signer", status });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) throw invalid("response too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
