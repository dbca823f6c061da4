import { bytesEqual, SerialQueue } from "@trellis/base";
import type { Handle, PKCS11 } from "pkcs11js";
import { signerErrors } from "../../keyServices/errors.ts";
import { createKeyHolder } from "../createKeyHolder.ts";
import type { KeyAlgorithm, KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";
import {
  CKA_CLASS,
  CKA_EC_PARAMS,
  CKA_EC_POINT,
  CKA_ID,
  CKA_LABEL,
  CKA_SIGN,
  CKF_OS_LOCKING_OK,
  CKF_SERIAL_SESSION,
  CKM_ECDSA,
  CKM_EDDSA,
  CKO_PRIVATE_KEY,
  CKO_PUBLIC_KEY,
  CKR_CRYPTOKI_ALREADY_INITIALIZED,
  CKR_PIN_INCORRECT,
  CKR_PIN_LOCKED,
  CKR_USER_ALREADY_LOGGED_IN,
  CKU_USER,
} from "./cryptoki.ts";

export interface Pkcs11Options {
  /** Such as `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  /** Token label. */
  readonly token: string;
  readonly pin: string;
  readonly purpose?: KeyPurpose;
}

/** Curve parameters in DER: object identifier, or name as PrintableString. */
const CURVES: readonly (readonly [params: string, algorithm: KeyAlgorithm])[] = [
  ["06052b8104000a", "secp256k1"],
  ["06082a8648ce3d030107", "p256"],
  ["06032b6570", "ed25519"],
  ["130c656477617264733235353139", "ed25519"],
];
const OBJECTS_MAX = 10_000;

interface Session {
  readonly handle: Handle;
  readonly keys: Map<string, Handle>;
}

/**
 * The id is the key's label, otherwise the hexadecimal CKA_ID. Reopens lost sessions.
 * @throws SIGNER_SETUP_INVALID if the optional package `pkcs11js` is missing or the module does not load
 */
export async function openPkcs11Holder(options: Pkcs11Options): Promise<KeyHolder> {
  const { token } = options;
  const name = `pkcs11 ${token}`;
  const library = await loadModule(name, options.module);
  /** A session runs one operation at a time. */
  const queue = new SerialQueue();
  let session: Session | undefined;
  /** A refused PIN is not tried again, because tokens lock after a few attempts. */
  let refusal: unknown;

  const current = (): Session => {
    session ??= openSession(name, library, options);
    return session;
  };

  async function ask<Value>(question: (session: Session) => Value | Promise<Value>): Promise<Value> {
    if (refusal !== undefined) throw refusal;
    try {
      return await question(current());
    } catch (error) {
      const failure = failureOf(name, error);
      if (isPinRefused(error)) refusal = failure;
      drop();
      throw failure;
    }
  }

  function drop(): void {
    const lost = session;
    session = undefined;
    if (lost === undefined) return;
    try {
      library.C_CloseSession(lost.handle);
    } catch {
      // The session was lost with its device.
    }
  }

  return createKeyHolder({
    name,
    list: () => queue.run(() => ask((opened) => listKeys(name, library, opened, options))),
    sign: ({ id, algorithm }, payload) =>
      queue.run(() =>
        ask((opened) => {
          // Key handles are valid only in their session.
          if (!opened.keys.has(id)) listKeys(name, library, opened, options);
          const key = opened.keys.get(id);
          if (key === undefined)
            throw signerErrors.SIGNER_SETUP_INVALID({ holder: name, id, reason: "no such key" });
          const mechanism = algorithm === "ed25519" ? CKM_EDDSA : CKM_ECDSA;
          library.C_SignInit(opened.handle, { mechanism }, key);
          return library.C_SignAsync(opened.handle, Buffer.from(payload), Buffer.alloc(64));
        }),
      ),
    close: () =>
      queue.run(async () => {
        drop();
        releaseModule(options.module);
      }),
  });
}

function openSession(name: string, library: PKCS11, { token, pin }: Pkcs11Options): Session {
  const slot = library.C_GetSlotList(true).find((one) => library.C_GetTokenInfo(one).label.trim() === token);
  if (slot === undefined) throw signerErrors.SIGNER_UNREACHABLE({ holder: name, reason: "no such token" });
  const handle = library.C_OpenSession(slot, CKF_SERIAL_SESSION);
  try {
    library.C_Login(handle, CKU_USER, pin);
  } catch (error) {
    // A login applies to all sessions of the process.
    if (codeOf(error) !== CKR_USER_ALREADY_LOGGED_IN) {
      library.C_CloseSession(handle);
      throw error;
    }
  }
  return { handle, keys: new Map() };
}

function listKeys(
  name: string,
  library: PKCS11,
  { handle, keys }: Session,
  { purpose = "account", module }: Pkcs11Options,
): KeyDescription[] {
  const publicKeys = find(library, handle, CKO_PUBLIC_KEY).flatMap((object) => {
    const [id, params, point] = read(library, handle, object, [CKA_ID, CKA_EC_PARAMS, CKA_EC_POINT]);
    const algorithm = CURVES.find(([known]) => known === params?.toString("hex"))?.[1];
    if (id === undefined || point === undefined || algorithm === undefined) return [];
    return [{ id, algorithm, publicKey: pointOf(point) }];
  });
  keys.clear();
  return find(library, handle, CKO_PRIVATE_KEY).flatMap((object) => {
    const [id, label, maySign] = read(library, handle, object, [CKA_ID, CKA_LABEL, CKA_SIGN]);
    const pair = publicKeys.find((other) => id !== undefined && bytesEqual(other.id, id));
    if (id === undefined || pair === undefined || maySign?.[0] === 0) return [];
    const text = label?.toString("utf8") ?? "";
    const unique = text !== "" && !keys.has(text) ? text : id.toString("hex");
    keys.set(unique, object);
    const { algorithm, publicKey } = pair;
    return [{ id: unique, purpose, algorithm, publicKey, holder: name, location: module }];
  });
}

function find(library: PKCS11, session: Handle, kind: number): Handle[] {
  library.C_FindObjectsInit(session, [{ type: CKA_CLASS, value: kind }]);
  try {
    return library.C_FindObjects(session, OBJECTS_MAX);
  } finally {
    library.C_FindObjectsFinal(session);
  }
}

function read(
  library: PKCS11,
  session: Handle,
  object: Handle,
  types: readonly number[],
): (Buffer | undefined)[] {
  return types.map((type) => {
    try {
      return library.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    } catch {
      return undefined;
    }
  });
}

/** Some devices omit the standard's DER octet string. */
function pointOf(value: Buffer): Uint8Array {
  const isWrapped = value[0] === 0x04 && value[1] === value.length - 2;
  return new Uint8Array(isWrapped ? value.subarray(2) : value);
}

function failureOf(holder: string, error: unknown): unknown {
  if (codeOf(error) === undefined) return error;
  // The library's messages never contain the PIN.
  const reason = error instanceof Error ? error.message : "unknown";
  if (isPinRefused(error))
    return signerErrors.SIGNER_SETUP_INVALID({ holder, reason: `PIN refused: ${reason}` });
  return signerErrors.SIGNER_UNREACHABLE({ holder, reason });
}

function isPinRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === CKR_PIN_INCORRECT || code === CKR_PIN_LOCKED;
}

function codeOf(error: unknown): number | undefined {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === "Pkcs11Error" && typeof code === "number" ? code : undefined;
}

/** A process can initialise a module only once. */
const modules = new Map<string, { readonly library: PKCS11; users: number }>();

async function loadModule(holder: string, path: string): Promise<PKCS11> {
  const unusable = (reason: string, cause?: unknown) =>
    signerErrors.SIGNER_SETUP_INVALID({ holder, module: path, reason }, cause);
  const packaged = await import("pkcs11js").catch((error: unknown) => {
    throw unusable("the optional package pkcs11js is not installed", error);
  });
  const known = modules.get(path);
  if (known !== undefined) {
    known.users += 1;
    return known.library;
  }
  const library = new packaged.default.PKCS11();
  try {
    library.load(path);
    // Signatures run on other threads.
    library.C_Initialize({ flags: CKF_OS_LOCKING_OK });
  } catch (error) {
    if (codeOf(error) !== CKR_CRYPTOKI_ALREADY_INITIALIZED)
      throw unusable(error instanceof Error ? error.message : String(error), error);
  }
  modules.set(path, { library, users: 1 });
  return library;
}

function releaseModule(path: string): void {
  const known = modules.get(path);
  if (known === undefined) return;
  known.users -= 1;
  if (known.users > 0) return;
  modules.delete(path);
  known.library.C_Finalize();
  known.library.close();
}
