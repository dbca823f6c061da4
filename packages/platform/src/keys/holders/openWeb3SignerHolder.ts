import { bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { publicKeyToAddress } from "@trellis/crypto";
import { z } from "zod";
import { signerErrors } from "../../keyServices/errors.ts";
import {
  type HttpAnswer,
  jsonOf,
  type KeyServiceHttp,
  parseServiceUrl,
} from "../../keyServices/KeyServiceHttp.ts";
import { createKeyHolder } from "../createKeyHolder.ts";
import type { KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";

const NAME = "web3signer";
const publicKeys = z.array(z.string().regex(/^0x(?:04)?[0-9a-fA-F]{128}$/)).max(10_000);
const signatureText = z.string().regex(/^0x[0-9a-fA-F]{130}$/);

/**
 * Web3Signer's eth1 mode: https://docs.web3signer.consensys.io/reference/api/rest. Ids are addresses. Only
 * `signMessage` signs: Web3Signer hashes messages itself.
 * @throws SIGNER_SETUP_INVALID
 */
export function openWeb3SignerHolder(
  { url, purpose = "account" }: { readonly url: string; readonly purpose?: KeyPurpose },
  http: KeyServiceHttp,
): KeyHolder {
  const base = `${parseServiceUrl(NAME, url)}/api/v1/eth1`;
  const unusable = (reason: string) => signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, reason });

  function textOf({ status, text }: HttpAnswer): string {
    if (status >= 500 || status === 429)
      throw signerErrors.SIGNER_UNREACHABLE({ reason: "key holder", holder: NAME, status });
    if (status !== 200) throw unusable(`it responds with status ${status}`);
    return text;
  }

  return createKeyHolder({
    name: NAME,
    async list() {
      const text = textOf(await http({ method: "GET", url: `${base}/publicKeys` }));
      const known = publicKeys.safeParse(jsonOf(text));
      if (!known.success) throw unusable("its answer is not a list of public keys");
      return known.data.flatMap((key) => {
        const publicKey = Uint8Array.of(4, ...hexToBytes(`0x${key.slice(-128)}`));
        const id = addressOf(publicKey);
        const description: KeyDescription = {
          id: id ?? "",
          purpose,
          algorithm: "secp256k1",
          publicKey,
          holder: NAME,
          location: url,
        };
        return id === undefined ? [] : [description];
      });
    },
    async sign() {
      throw unusable("it signs messages, not digests");
    },
    async signMessage({ publicKey }, message, signal) {
      const identifier = bytesToHex((publicKey as Uint8Array).subarray(1));
      const body = { data: bytesToHex(message) };
      const text = textOf(await http({ method: "POST", url: `${base}/sign/${identifier}`, body, signal }));
      const signature = signatureText.safeParse(text.trim().replaceAll('"', ""));
      return signature.success ? hexToBytes(signature.data).subarray(0, 64) : new Uint8Array();
    },
    async close() {},
  });
}

function addressOf(publicKey: Uint8Array): string | undefined {
  try {
    return bytesToHex(publicKeyToAddress(publicKey));
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}
