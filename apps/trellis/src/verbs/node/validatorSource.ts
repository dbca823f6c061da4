import { join } from "node:path";
import { platformErrors } from "@trellis/platform";
import { readSecret } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import { developmentValidator } from "../../node/developmentValidators.ts";
import type { ValidatorIdentity, ValidatorSource } from "../../node/openFinality.ts";
import {
  isUnused,
  markUsed,
  openValidatorKey,
  readValidatorKey,
  validatorDirectories,
  validatorKeyFile,
} from "../validator/keyFile.ts";
import type { NodeSettings } from "./settings.ts";

type ValidatorSettings = Pick<
  NodeSettings,
  "network" | "validatorDir" | "validatorSigner" | "validatorPasswordFrom" | "developmentValidator"
>;

/** Validator keys from files or a signer. A rotation adds a key. [FINAL-27] */
export async function validatorSource(
  settings: ValidatorSettings,
  dataDir: string | undefined,
  io: ServiceIo,
): Promise<ValidatorSource> {
  const { network, validatorDir, validatorSigner, developmentValidator: index } = settings;
  if (validatorSigner !== "") {
    if (index > 0 || dataDir === undefined)
      throw platformErrors.CONFIG_INVALID_VALUE({
        reason: "ambiguous validator",
        expected: "--validator-signer without --development-validator and --ephemeral",
      });
    const { openRemoteValidators } = await import("../../node/openRemoteValidators.ts");
    return readAtOnce(
      await openRemoteValidators(validatorSigner, validatorDir || join(dataDir, "votes"), io),
    );
  }
  if (index > 0) {
    if (network !== "local" || validatorDir !== "")
      throw platformErrors.CONFIG_INVALID_VALUE({
        reason: "ambiguous validator",
        expected: "--validator-dir, or --development-validator with --network local",
        network,
        developmentValidator: index,
        validatorDir,
      });
    return developmentValidator(index - 1, dataDir);
  }
  if (validatorDir === "") return async () => [];
  return readAtOnce(localKeys(settings, io));
}

/** Reads the keys first, so that a failure prevents startup. */
async function readAtOnce(source: ValidatorSource): Promise<ValidatorSource> {
  let first: readonly ValidatorIdentity[] | undefined = await source(() => false);
  return (isHeld) => {
    const read = first;
    first = undefined;
    return read === undefined ? source(isHeld) : Promise.resolve(read);
  };
}

function localKeys(
  { validatorDir, validatorPasswordFrom }: ValidatorSettings,
  io: ServiceIo,
): ValidatorSource {
  return async (isHeld) => {
    const directories = validatorDirectories(validatorDir);
    if (directories.length === 0)
      throw trellisErrors.VALIDATOR_KEY_MISSING({ file: validatorKeyFile(validatorDir) });
    const identities: ValidatorIdentity[] = [];
    for (const directory of directories) {
      if (isHeld(readValidatorKey(directory)!.publicKey)) continue;
      const password = () => readSecret(validatorPasswordFrom, "Password of the validator's key", io);
      const key = await openValidatorKey(directory, password);
      identities.push({
        key,
        directory,
        isNew: isUnused(directory),
        markUsed: () => markUsed(directory),
      });
    }
    return identities;
  };
}
