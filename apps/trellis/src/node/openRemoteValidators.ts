import { join } from "node:path";
import { bytesEqual, hexToBytes, isHex, isTrellisError } from "@trellis/base";
import { finalityErrors, signedBytesOf, type VoteRequest, voteLogOwner } from "@trellis/chain";
import { blsVerify } from "@trellis/crypto";
import { platformErrors } from "@trellis/platform";
import { signerErrors } from "@trellis/platform/keys";
import type { ServiceIo } from "@trellis/platform/service";
import { openRemoteSigner, type RemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import type { RemoteValidator, ValidatorIdentity, ValidatorSource } from "./openFinality.ts";
import { writeDomain, writeVoteRequest } from "./voteMessages.ts";

/** Keys of the current validator sets and their successors. */
const KEYS_MAX = 8;

/** @param path access file of `trellis signer` @param directory directory of the vote logs */
export async function openRemoteValidators(
  path: string,
  directory: string,
  { lifecycle }: ServiceIo,
): Promise<ValidatorSource> {
  const remote = await lifecycle.start(
    "validator signer",
    () => openRemoteSigner(path, systemRandom),
    (opened) => opened.close(),
  );
  return async (isHeld) => {
    const keys = (await remote.list())
      .filter(({ purpose }) => purpose === "validator")
      .sort((a, b) => (a.createdMs ?? 0) - (b.createdMs ?? 0));
    if (keys.length === 0 || keys.length > KEYS_MAX)
      throw platformErrors.CONFIG_INVALID_VALUE({
        setting: "validatorSigner",
        reason: "the access file of the signer must permit the keys of one validator to this client",
        got: keys.map(({ id }) => id).join(" "),
      });
    const identities: ValidatorIdentity[] = [];
    for (const [index, { id, publicKey }] of keys.entries()) {
      if (isHeld(publicKey)) continue;
      const key = createRemoteValidator(remote, { id, publicKey });
      const place = await logDirectory(directory, publicKey, index === 0);
      identities.push({ key, directory: place, isNew: false });
    }
    return identities;
  };
}

/** The first key's vote log is in the directory itself; later logs have a folder per key. */
async function logDirectory(directory: string, publicKey: Uint8Array, isFirst: boolean): Promise<string> {
  const owner = await voteLogOwner(directory);
  const isOwn = owner === undefined ? isFirst : bytesEqual(owner, publicKey);
  return isOwn ? directory : join(directory, Buffer.from(publicKey).toString("hex"));
}

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
        reason: "signature does not match the vote",
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

/** A vote that the signer's record forbids is not retried. */
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
