import { systemRandom } from "@trellis/base";
import type { Environment } from "../../config/index.ts";
import { createVaultTransit } from "../../keyServices/createVaultTransit.ts";
import { openAwsKms } from "../../keyServices/openAwsKms.ts";
import { openKeyServiceHttp } from "../../keyServices/openKeyServiceHttp.ts";
import { secretsErrors } from "../errors.ts";
import {
  awsKmsWrapping,
  type KeyWrapping,
  passphraseWrapping,
  vaultWrapping,
  type WrappedKey,
} from "../KeyWrapping.ts";
import { contentOf, variable, vaultAccess } from "../secretSources.ts";
import { openSealed, parseSealedFile, SEALED_FILE_SIZE_MAX } from "./sealedFile.ts";

const TIMEOUT_MS = 10_000;

/**
 * @param place `FILE#NAME`
 * @throws SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG, ENVELOPE_BROKEN, SIGNER_UNREACHABLE,
 * SIGNER_SETUP_INVALID
 */
export async function readSealedSecret(place: string, environment: Environment): Promise<string> {
  const [, path = "", name = ""] = /^([^#]+)#([\w.-]+)$/.exec(place) ?? [];
  if (path === "") throw secretsErrors.SECRET_UNREADABLE({ reason: "not sealed:FILE#NAME" });
  const file = parseSealedFile(await contentOf(path, SEALED_FILE_SIZE_MAX));
  const wrapping = await wrappingOf(file.wrapping, environment);
  return openSealed(file, name, { wrapping, random: systemRandom });
}

/**
 * Uses SEALED_PASSPHRASE or SEALED_PASSPHRASE_FILE. Vault and AWS use their own variables. [SEAL-3]
 * @throws SECRET_UNREADABLE, SIGNER_SETUP_INVALID
 */
export async function wrappingOf(wrapped: WrappedKey, environment: Environment): Promise<KeyWrapping> {
  if (wrapped.kind === "passphrase")
    return passphraseWrapping(await passphraseOf(environment), { random: systemRandom });
  if (wrapped.kind === "aws-kms") return awsKmsWrapping(await openAwsKms({}), wrapped.key);
  const { address, token, namespace } = await vaultAccess(environment);
  const options = { url: address, mount: wrapped.mount, token, namespace };
  return vaultWrapping(createVaultTransit(options, openKeyServiceHttp(TIMEOUT_MS)), wrapped.key);
}

async function passphraseOf(environment: Environment): Promise<string> {
  const { SEALED_PASSPHRASE_FILE: file } = environment;
  return file ? (await contentOf(file)).replace(/\r?\n$/, "") : variable("SEALED_PASSPHRASE", environment);
}
