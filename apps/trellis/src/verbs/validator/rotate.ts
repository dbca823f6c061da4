import { bytesToHex, hexToBytes } from "@trellis/base";
import { blsProvePossession, blsPublicKey, decryptBlsKeystore } from "@trellis/crypto";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import type { Address } from "@trellis/protocol";
import { trellisErrors } from "../../errors.ts";
import { createNextKey, openValidatorKey, readValidatorKey, validatorDirectories } from "./keyFile.ts";
import type { ValidatorSettings } from "./settings.ts";
import { type ActionResult, sentResult } from "./stake.ts";
import { openAccount, StakingClient } from "./stakingClient.ts";
import type { Registered } from "./standing.ts";

/** The node keeps the old key for validator sets that contain it. [STAKE-2] */
export async function rotate(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const client = new StakingClient(settings.rpc);
  const account = await openAccount(settings, io);
  const { key: registered } = await client.read<Registered>("validatorOf", [account.address]);
  const password = await readSecret(settings.passwordFrom, "Password of the validator's key", io);
  const directory = await nextDirectory(settings, registered, password);
  const secret = await openValidatorKey(directory, async () => password);
  const proof = blsProvePossession(secret, hexToBytes(account.address.toLowerCase() as Address));
  const publicKey = bytesToHex(blsPublicKey(secret));
  secret.fill(0);
  const sent = await client.send(account, "replaceKey", [publicKey, bytesToHex(proof)]);
  return {
    ...sentResult(account, sent),
    publicKey,
    directory,
    votesFromEpoch: (await client.epochAt(sent.block)) + 1,
    next: "send SIGHUP to the node before that epoch",
  };
}

async function nextDirectory(
  { validatorDir }: ValidatorSettings,
  registered: string,
  password: string,
): Promise<string> {
  const newest = validatorDirectories(validatorDir).at(-1);
  const keystore = newest === undefined ? undefined : readValidatorKey(newest);
  if (newest !== undefined && keystore !== undefined) {
    if (bytesToHex(keystore.publicKey) !== registered.toLowerCase()) {
      if (newest !== validatorDir) return newest;
      throw trellisErrors.INPUT_INVALID({
        what: "validator directory",
        expected: `the directory of the registered key ${registered}`,
        got: bytesToHex(keystore.publicKey),
      });
    }
    // The node opens all keys with one password.
    (await decryptBlsKeystore(keystore, password)).fill(0);
  }
  return createNextKey(validatorDir, password, systemRandom);
}
