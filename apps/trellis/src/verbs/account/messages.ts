import { readFileSync } from "node:fs";
import { type Hex, isHex } from "@trellis/base";
import { readAccount, signAccountHash, verifySignedHash } from "@trellis/client/account";
import type { ProcessIo } from "@trellis/platform/service";
import { hashMessage } from "viem";
import { trellisErrors } from "../../errors.ts";
import { connect } from "./connect.ts";
import { openKey } from "./openKey.ts";
import { type ActionResult, addressOf } from "./send.ts";
import type { AccountSettings } from "./settings.ts";

/** EIP-191. Calls a node only if the address has several key files. [TX-14] */
export async function sign(settings: AccountSettings, io: ProcessIo): Promise<ActionResult> {
  const [subject, message] = settings.operands as [string, string];
  const opened = await openKey(settings, { subject, connection: () => connect(settings) }, io);
  const { address, key } = opened;
  const signature = await signAccountHash(hashMessage(message), address, key);
  return { account: address, algorithm: key.algorithm, signature };
}

/** Throws for an invalid signature, so that the exit code is not 0. */
export async function verify(settings: AccountSettings): Promise<ActionResult> {
  const [subject, message, given] = settings.operands as [string, string, string];
  const account = addressOf(subject);
  const signature = signatureOf(given);
  const { client } = await connect(settings);
  const { registeredKeyId } = await readAccount(client, account);
  const isValid = verifySignedHash({ hash: hashMessage(message), signature, account, registeredKeyId });
  if (!isValid)
    throw trellisErrors.PROOF_REFUSED({ what: "signature", account, keyId: registeredKeyId ?? "original" });
  return { account, isValid };
}

const IN_TEXT = /\b0x(?:[0-9a-fA-F]{2}){65,}\b/;

function signatureOf(given: string): Hex {
  if (isHex(given)) return given;
  try {
    const [found] = IN_TEXT.exec(readFileSync(given, "utf8")) ?? [];
    if (isHex(found)) return found;
  } catch {
    // The error below reports unreadable files.
  }
  const expected = "the signature that `trellis account sign` prints, or a file with it";
  throw trellisErrors.INPUT_INVALID({ what: "signature", got: given.slice(0, 80), expected });
}
