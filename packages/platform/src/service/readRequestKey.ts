import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { platformErrors } from "../errors.ts";
import type { SignatureKey } from "../http/index.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";
import type { RequestKeySetting } from "./settings/requestKeySetting.ts";

const SECRET_BYTES_MIN = 32;

interface NamedRequestKey extends RequestKeySetting {
  readonly id: string;
}

/** @throws CONFIG_INVALID_VALUE, SECRET_UNREADABLE */
export async function readRequestKey(
  setting: string,
  given: NamedRequestKey,
  io: ProcessIo,
): Promise<SignatureKey> {
  const { id, algorithm, publicKey = "", secretFrom = "" } = given;
  const invalid = (reason: string) => platformErrors.CONFIG_INVALID_VALUE({ setting, id, reason });
  if (algorithm === "hmac-sha256") {
    const secret = Buffer.from(await readSecret(secretFrom, `Secret of the service key ${id}`, io));
    if (secret.length < SECRET_BYTES_MIN) throw invalid(`its secret has less than ${SECRET_BYTES_MIN} bytes`);
    return { id, algorithm, key: createSecretKey(secret) };
  }
  let key: KeyObject;
  try {
    key = createPublicKey(publicKey);
  } catch {
    throw invalid("its publicKey is no public key in PEM");
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isRight = algorithm === "ed25519" ? type === "ed25519" : details?.namedCurve === "prime256v1";
  if (!isRight) throw invalid(`its publicKey is not of ${algorithm}`);
  return { id, algorithm, key };
}
