import {
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
  newAccountSecret,
} from "@trellis/client/account";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { writeAccountFile } from "./accountFiles.ts";
import { sign, verify } from "./messages.ts";
import { rotate } from "./rotate.ts";
import { newPassword, sealKey } from "./sealKey.ts";
import { type ActionResult, send } from "./send.ts";
import type { AccountAction, AccountSettings } from "./settings.ts";
import { show } from "./show.ts";

type Action = (settings: AccountSettings, io: ProcessIo) => Promise<ActionResult>;

const actions: Readonly<Record<Exclude<AccountAction, "show">, Action>> = {
  new: create,
  rotate,
  send,
  sign,
  verify,
};

export async function run(settings: AccountSettings, io: ProcessIo): Promise<void> {
  if (settings.action === "show") return show(settings, io);
  const result = await actions[settings.action](settings, io);
  io.stdout.write(settings.json ? `${JSON.stringify(result)}\n` : linesOf(result));
}

async function create(settings: AccountSettings, io: ProcessIo): Promise<ActionResult> {
  const { algorithm, keystore, passwordFrom } = settings;
  const password = await newPassword(passwordFrom, io);
  const secret = newAccountSecret(algorithm, systemRandom);
  const key = accountKeyFromSecret(algorithm, secret);
  const address = accountKeyAddress(key);
  const text = await sealKey({ algorithm, secret, address: undefined }, password);
  const file = writeAccountFile(keystore, { address, algorithm, text }, systemClock);
  return { account: address, algorithm, keyId: accountKeyId(key), file };
}

export function linesOf(result: ActionResult): string {
  const width = Math.max(...Object.keys(result).map((name) => name.length)) + 2;
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(width)}${value ?? "none"}\n`)
    .join("");
}
