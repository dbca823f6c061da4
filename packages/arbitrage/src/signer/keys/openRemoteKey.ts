import { bytesToBigint, bytesToHex, type Hex, isTrellisError } from "@trellis/base";
import { keccak256, publicKeyToAddress, recoverAddress, type Signature } from "@trellis/crypto";
import { signerErrors } from "@trellis/platform/keys";
import { z } from "zod";
import { jsonOf } from "../jsonOf.ts";
import type { WalletKey } from "../WalletKey.ts";
import { type KeyServiceHttp, parseServiceUrl } from "./KeyServiceHttp.ts";

const NAME = "remote signer";
const publicKeys = z.array(z.string().regex(/^0x(?:04)?[0-9a-fA-F]{128}$/)).max(10_000);
const signatureText = z.string().regex(/^0x[0-9a-fA-F]{130}$/);

/**
 * https://docs.web3signer.consensys.io/reference/api/rest
 * @throws SIGNER_UNREACHABLE; SIGNER_SETUP_INVALID without the wallet's key
 */
export async function openRemoteKey(url: string, wallet: Hex, http: KeyServiceHttp): Promise<WalletKey> {
  const base = `${parseServiceUrl(NAME, url)}/api/v1/eth1`;
  const known = publicKeys.safeParse(jsonOf(await ask(http, `${base}/publicKeys`)));
  const identifier = known.data?.find((key) => addressOf(key) === wallet);
  if (identifier === undefined)
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, wallet, reason: "it does not have this key" });
  return {
    address: wallet,
    holder: NAME,
    async sign(payload) {
      const text = (await ask(http, `${base}/sign/${identifier}`, { data: bytesToHex(payload) })).trim();
      const signature = signatureOf(signatureText.safeParse(text.replaceAll('"', "")).data);
      if (signature === undefined || !isBy(wallet, payload, signature))
        throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, reason: "its signature is not of its key" });
      return signature;
    },
  };
}

async function ask(http: KeyServiceHttp, url: string, body?: object): Promise<string> {
  const question = { url, ...(body !== undefined && { body }) };
  const { status, text } = await http({ method: body === undefined ? "GET" : "POST", ...question });
  if (status >= 500 || status === 429)
    throw signerErrors.SIGNER_UNREACHABLE({ reason: "key holder", holder: NAME, status });
  if (status !== 200)
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, reason: `it answers with status ${status}` });
  return text;
}

function addressOf(publicKey: string): Hex {
  const point = Buffer.from(publicKey.slice(-128), "hex");
  try {
    return bytesToHex(publicKeyToAddress(Uint8Array.of(4, ...point)));
  } catch (error) {
    // The key is not a point of the curve.
    if (isTrellisError(error)) return "0x";
    throw error;
  }
}

/** The text contains r, s, and v as 27, 28 or the parity. */
function signatureOf(text: string | undefined): Signature | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text.slice(2), "hex");
  const v = bytes[64] ?? 0;
  const yParity = v >= 27 ? v - 27 : v;
  if (yParity !== 0 && yParity !== 1) return undefined;
  return { r: bytesToBigint(bytes.subarray(0, 32)), s: bytesToBigint(bytes.subarray(32, 64)), yParity };
}

function isBy(wallet: Hex, payload: Uint8Array, signature: Signature): boolean {
  try {
    return bytesToHex(recoverAddress(keccak256(payload), signature)) === wallet;
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}
