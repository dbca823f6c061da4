import { sha256 } from "@noble/hashes/sha2.js";
import { baseErrors } from "@trellis/base";
import { prepareSignature } from "./prepareSignature.ts";

export interface RequestKey {
  /** Id in the service's setting `serviceKeys`. */
  readonly id: string;
  /** Ed25519, ECDSA P-256 or HMAC SHA-256 key. */
  readonly key: CryptoKey;
}

/**
 * Signs each request (RFC 9421). Bodies must be text, bytes or a Blob.
 * @throws ARGUMENT_INVALID for other bodies; otherwise the errors of `fetch`
 */
export function createSigningFetch(
  { id, key }: RequestKey,
  fetch: typeof globalThis.fetch = (...args) => globalThis.fetch(...args),
): typeof globalThis.fetch {
  return async (input, init = {}) => {
    if (input instanceof Request) throw unsignable();
    const { method = "GET", headers, body } = init;
    const { host, protocol, pathname, search } = new URL(input);
    const request = {
      method,
      scheme: protocol.slice(0, -1),
      authority: host,
      target: pathname + search,
      headers: {},
    };
    const { base, fields } = prepareSignature(request, await digestOf(body), {
      keyId: id,
      createdS: Math.floor(Date.now() / 1_000),
      nonce: crypto.randomUUID(),
    });
    const data = new TextEncoder().encode(base);
    const signature = await crypto.subtle.sign(parametersOf(key), key, data);
    const signed = new Headers(headers);
    for (const [name, value] of Object.entries(fields(new Uint8Array(signature)))) signed.set(name, value);
    return fetch(input, { ...init, headers: signed });
  };
}

function parametersOf({ algorithm: { name } }: CryptoKey) {
  return name === "ECDSA" ? { name, hash: "SHA-256" } : name;
}

async function digestOf(body: unknown): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return sha256(new TextEncoder().encode(body));
  if (body instanceof ArrayBuffer) return sha256(new Uint8Array(body));
  if (ArrayBuffer.isView(body)) return sha256(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  if (body instanceof Blob) return digestOfBlob(body);
  throw unsignable();
}

async function digestOfBlob(blob: Blob): Promise<Uint8Array> {
  const hash = sha256.create();
  const reader = blob.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) hash.update(read.value);
  return hash.digest();
}

function unsignable() {
  return baseErrors.ARGUMENT_INVALID({ rule: "a signed request is an address with text, bytes or a Blob" });
}
