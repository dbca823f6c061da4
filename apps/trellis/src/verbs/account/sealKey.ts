import { bytesEqual, type Hex } from "@trellis/base";
import {
  type AccountAlgorithm,
  accountKeystoreToJson,
  encryptAccountKey,
  parseAccountKeyFile,
} from "@trellis/client/account";
import { deriveKey, encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";

interface SealedKey {
  readonly algorithm: AccountAlgorithm;
  readonly secret: Uint8Array;
  readonly address: Hex | undefined;
}

/**
 * A secp256k1 key for its own account gets the format of Ethereum wallets (Web3 Secret Storage). Decrypts the
 * result as a test, because it will be the only copy.
 */
export async function sealKey({ algorithm, secret, address }: SealedKey, password: string): Promise<string> {
  const text =
    algorithm === "secp256k1" && address === undefined
      ? keystoreToJson(await encryptKeystore(secret, password, systemRandom))
      : accountKeystoreToJson(
          await encryptAccountKey(
            { algorithm, secret, ...(address !== undefined && { address }) },
            password,
            {
              random: systemRandom,
              deriveKey,
            },
          ),
        );
  const opened = await parseAccountKeyFile(text).decrypt(password, deriveKey);
  if (bytesEqual(opened, secret)) return text;
  throw trellisErrors.FILE_UNWRITABLE({ what: "key file", reason: "new file does not decrypt to the key" });
}

export async function newPassword(reference: string, io: ProcessIo): Promise<string> {
  const password = await readSecret(reference, "New password", io);
  if (reference === "" && (await io.askSecret("New password again")) !== password)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "the two passwords differ" });
  return password;
}
