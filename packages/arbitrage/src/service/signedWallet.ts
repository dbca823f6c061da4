import { bytesToHex, isTrellisError } from "@trellis/base";
import { createRemoteCallSigner } from "@trellis/client";
import { publicKeyToAddress } from "@trellis/crypto";
import { signerErrors } from "@trellis/platform/keys";
import type { RemoteSigner } from "@trellis/platform/signer";
import type { SignerClient } from "../signer/index.ts";

/**
 * @param wallet empty for the only permitted account key
 * @throws SIGNER_SETUP_INVALID, and errors of RemoteSigner.list
 */
export async function createSignedWallet(
  remote: Pick<RemoteSigner, "list" | "signMessage" | "close">,
  wallet: string,
): Promise<SignerClient> {
  const accounts = (await remote.list())
    .filter(({ purpose, algorithm }) => purpose === "account" && algorithm === "secp256k1")
    .map(({ id, publicKey }) => ({ id, address: bytesToHex(publicKeyToAddress(publicKey)) }))
    .filter(({ address }) => wallet === "" || address === wallet);
  const [account] = accounts;
  if (account === undefined || accounts.length > 1)
    throw signerErrors.SIGNER_SETUP_INVALID({
      reason: "the signer must permit one account key to this client, or that of --wallet",
      wallet,
      got: accounts.map(({ id }) => id).join(" "),
    });
  let failure: string | undefined;

  async function observed<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      failure = undefined;
      return answer;
    } catch (error) {
      // Even a refusal shows that the signer is reachable.
      const isAnswer =
        isTrellisError(error, "SIGNER_REFUSED") || isTrellisError(error, "SIGNER_RATE_EXCEEDED");
      failure = isAnswer ? undefined : isTrellisError(error) ? error.code : "it fails";
      throw error;
    }
  }

  const calls = createRemoteCallSigner(account.address, (unsigned) =>
    observed(() => remote.signMessage(account.id, unsigned)),
  );
  return {
    ...calls,
    failure: () => failure,
    check: () => observed(async () => void (await remote.list())),
    close: () => void remote.close(),
  };
}
