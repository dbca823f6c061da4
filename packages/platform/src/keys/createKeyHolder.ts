import { baseErrors } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { signerErrors } from "../keyServices/errors.ts";
import { DIGEST_SIZES } from "./algorithms.ts";
import type { KeyDescription, KeyHolder } from "./KeyHolder.ts";
import { signatureOf } from "./signatures.ts";

export interface KeySource {
  readonly name: string;
  /** @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
  list(): Promise<readonly KeyDescription[]>;
  /** @returns for secp256k1, r ‖ s with low or high `s`; otherwise as KeyHolder.sign */
  sign(key: KeyDescription, payload: Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array>;
  /** If present, `sign` must refuse every request. */
  signMessage?(
    key: KeyDescription,
    message: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Returns only signatures that verify with the public key. [KEY-2] */
export function createKeyHolder(source: KeySource): KeyHolder {
  const { name } = source;
  const known = new Map<string, KeyDescription>();
  let isClosed = false;
  const requireOpen = (): void => {
    if (isClosed) throw signerErrors.SIGNER_UNREACHABLE({ holder: name, reason: "closed" });
  };

  async function list(): Promise<readonly KeyDescription[]> {
    requireOpen();
    const keys = await source.list();
    known.clear();
    for (const key of keys) known.set(key.id, key);
    return keys;
  }

  async function find(id: string): Promise<KeyDescription> {
    if (!known.has(id)) await list();
    const key = known.get(id);
    if (key === undefined)
      throw signerErrors.SIGNER_SETUP_INVALID({ holder: name, id: id.slice(0, 200), reason: "no such key" });
    return key;
  }

  async function signBy(
    id: string,
    payload: Uint8Array,
    signal: AbortSignal | undefined,
    ask: (key: KeyDescription) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    requireOpen();
    signal?.throwIfAborted();
    const key = await find(id);
    requireDigest(key, payload);
    const given = await ask(key);
    signal?.throwIfAborted();
    // Only keystores lack the public key; they sign in this process.
    if (key.publicKey === undefined) return given;
    const signature = signatureOf(key.algorithm, key.publicKey, payload, given);
    if (signature !== undefined) return signature;
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: name, id, reason: "signature does not match the key" });
  }

  const { signMessage } = source;
  return {
    name,
    list,
    sign: (id, payload, signal) => signBy(id, payload, signal, (key) => source.sign(key, payload, signal)),
    ...(signMessage && {
      signMessage: (id: string, message: Uint8Array, signal?: AbortSignal) =>
        signBy(id, keccak256(message), signal, (key) => signMessage(key, message, signal)),
    }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      known.clear();
      await source.close();
    },
  };
}

function requireDigest({ algorithm }: KeyDescription, payload: Uint8Array): void {
  const expected = DIGEST_SIZES[algorithm];
  if (expected !== undefined && payload.length !== expected)
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a digest has 32 bytes",
      algorithm,
      length: payload.length,
      expected,
    });
}
