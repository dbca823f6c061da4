import { hexToBytes, isHex, isTrellisError } from "@trellis/base";
import { finalityErrors, signedBytesOf, type VoteRequest } from "@trellis/chain";
import { blsVerify } from "@trellis/crypto";
import { platformErrors } from "@trellis/platform";
import { signerErrors } from "@trellis/platform/keys";
import type { ServiceIo } from "@trellis/platform/service";
import { openRemoteSigner, type RemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import type { RemoteValidator } from "./openFinality.ts";
import { writeDomain, writeVoteRequest } from "./voteMessages.ts";

/**
 * The signer must permit exactly one validator key to this client.
 * @param path access file of `trellis signer`
 */
export async function openRemoteValidator(path: string, { lifecycle }: ServiceIo): Promise<RemoteValidator> {
  const remote = await lifecycle.start(
    "validator signer",
    () => openRemoteSigner(path, systemRandom),
    (opened) => opened.close(),
  );
  const keys = (await remote.list()).filter(({ purpose }) => purpose === "validator");
  const [key] = keys;
  if (key === undefined || keys.length > 1)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "validatorSigner",
      reason: "the access file of the signer must permit one validator key to this client",
      got: keys.map(({ id }) => id).join(" "),
    });
  return createRemoteValidator(remote, { id: key.id, publicKey: key.publicKey });
}

/** Verifies each signature against the requested vote. */
export function createRemoteValidator(
  remote: Pick<RemoteSigner, "ask">,
  { id, publicKey }: { readonly id: string; readonly publicKey: Uint8Array },
): RemoteValidator {
  const place = encodeURIComponent(id);
  return {
    publicKey,
    async sign(request) {
      const answer = await protectedAsk(request, () =>
        remote.ask(`/api/v1/eth2/sign/${place}`, writeVoteRequest(request)),
      );
      const signature = fieldOf(answer, "signature");
      if (typeof signature === "string" && isHex(signature, 96)) {
        const bytes = hexToBytes(signature);
        if (blsVerify(signedBytesOf(request), bytes, publicKey)) return bytes;
      }
      throw signerErrors.SIGNER_MESSAGE_INVALID({
        from: "signer",
        reason: "its signature is not of the vote",
      });
    },
    async protection(domain) {
      const answer = await remote.ask(`/api/v1/eth2/protection/${place}`, writeDomain(domain));
      const text = fieldOf(answer, "protection");
      if (text === null) return undefined;
      if (typeof text === "string") return text;
      throw signerErrors.SIGNER_MESSAGE_INVALID({ from: "signer", reason: "protection" });
    },
  };
}

/** Does not retry a vote that the signer's record forbids. */
async function protectedAsk(request: VoteRequest, ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (!isTrellisError(error, "SIGNER_REFUSED") || error.facts.rule !== "protection") throw error;
    const { rule: _, code, ...facts } = error.facts;
    throw finalityErrors.VOTE_PROTECTED({ ...facts, kind: request.kind, signer: code }, error);
  }
}

function fieldOf(answer: unknown, name: string): unknown {
  return typeof answer === "object" && answer !== null && Object.hasOwn(answer, name)
    ? answer[name as keyof typeof answer]
    : undefined;
}
