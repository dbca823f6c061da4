import type { Hex } from "@trellis/base";
import {
  type AccountAlgorithm,
  accountKeyFromSecret,
  accountKeyId,
  clientErrors,
  newAccountSecret,
  readAccount,
} from "@trellis/client/account";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { readAccountFile, writeAccountFile } from "./accountFiles.ts";
import { type Connection, connect } from "./connect.ts";
import { decryptKey, type OpenedKey, openKey } from "./openKey.ts";
import { newPassword, sealKey } from "./sealKey.ts";
import { type ActionResult, accountOf, includedResult, requireValidKey } from "./send.ts";
import type { AccountSettings } from "./settings.ts";

interface NextKey extends Pick<OpenedKey, "key"> {
  store(): string;
}

/** Stores the new key before it sends the transaction. Idempotent. */
export async function rotate(settings: AccountSettings, io: ProcessIo): Promise<ActionResult> {
  const connection = await connect(settings);
  const subject = settings.operands[0]!;
  const current = await openKey(settings, { subject, connection: async () => connection }, io);
  const account = accountOf(settings, current, connection);
  const { registeredKeyId, pendingCount } = await account.status();
  if (settings.to === "") await requireValidKey(account);
  const next = await (settings.to === "" ? newKey : existingKey)(settings, current, io);
  const keyId = accountKeyId(next.key);
  const result = { account: current.address, algorithm: next.key.algorithm, keyId };
  if (registeredKeyId === keyId) return { ...result, isNew: false, file: next.store() };
  await requireValidKey(account);
  let file = "";
  const { hash } = await account.rotate(next.key, async () => {
    file = next.store();
  });
  reportSent(settings, { transaction: hash, file }, io);
  const included = await includedResult(connection.client, hash, "final");
  await requireRegistered(connection, current.address, keyId);
  return { ...result, isNew: true, file, pendingBefore: pendingCount, ...included };
}

async function newKey(settings: AccountSettings, { address }: OpenedKey, io: ProcessIo): Promise<NextKey> {
  const { algorithm } = settings;
  const secret = newAccountSecret(algorithm, systemRandom);
  return sealedFor(settings, { algorithm, secret, address }, await passwordOfNew(settings, io));
}

function passwordOfNew({ passwordFrom, newPasswordFrom }: AccountSettings, io: ProcessIo): Promise<string> {
  return newPassword(newPasswordFrom === "" ? passwordFrom : newPasswordFrom, io);
}

/** If the key file is for another account, stores a copy for this one. */
async function existingKey(
  settings: AccountSettings,
  { address }: OpenedKey,
  io: ProcessIo,
): Promise<NextKey> {
  const stored = readAccountFile(settings.to);
  const reference = settings.newPasswordFrom === "" ? settings.passwordFrom : settings.newPasswordFrom;
  const password = await readSecret(reference, `Password of ${settings.to}`, io);
  const { key, secret } = await decryptKey({ file: settings.to, key: stored }, password);
  if (stored.address === address) return { key, store: () => settings.to };
  return sealedFor(settings, { algorithm: stored.algorithm, secret, address }, password);
}

async function sealedFor(
  { keystore }: AccountSettings,
  {
    algorithm,
    secret,
    address,
  }: { readonly algorithm: AccountAlgorithm; readonly secret: Uint8Array; readonly address: Hex },
  password: string,
): Promise<NextKey> {
  const text = await sealKey({ algorithm, secret, address }, password);
  const key = accountKeyFromSecret(algorithm, secret);
  return { key, store: () => writeAccountFile(keystore, { address, algorithm, text }, systemClock) };
}

function reportSent(
  { json }: AccountSettings,
  sent: Readonly<Record<string, string>>,
  { stderr }: ProcessIo,
): void {
  if (json) stderr.write(`${JSON.stringify({ event: "sent", ...sent })}\n`);
  else stderr.write(`sent ${sent.transaction}; the new key is in ${sent.file}\n`);
}

async function requireRegistered({ client }: Connection, account: Hex, keyId: Hex): Promise<void> {
  const { registeredKeyId } = await readAccount(client, account);
  if (registeredKeyId !== keyId)
    throw clientErrors.ACCOUNT_KEY_NOT_VALID({ account, keyId, registeredKeyId });
}
