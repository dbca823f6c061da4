import { isTrellisError } from "@trellis/base";
import { decodeEvidence, type Evidence } from "@trellis/protocol";
import { bytes, index } from "../../decoding/hex.ts";
import { encodeCertificate, encodeFinality, encodeFinalityProof } from "../../encoding/finality.ts";
import { rpcErrors } from "../../errors.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

/** A proof for 128 validators has some hundred kilobytes. */
const CHANGES_MAX = 8;

export const finalityMethods = [
  defineMethod({
    name: "trellis_getFinality",
    summary:
      "How far finality is: the newest checkpoint, the vote on the next one, the validators and who of them signs; null on a node without it.",
    handle: ({ finality }) => (finality === undefined ? null : encodeFinality(finality.status())),
  }),
  defineMethod({
    name: "trellis_getCertificate",
    summary: "The certificate that made a checkpoint final, by the checkpoint's height from 1.",
    params: [required("height", index)],
    handle({ finality }, [height]) {
      const certificate = finality?.certificate(height);
      return certificate === undefined ? null : encodeCertificate(certificate);
    },
  }),
  defineScan({
    name: "trellis_getFinalityProof",
    summary:
      "What proves the newest checkpoint to who knows the validators of an epoch: the changes of their set since then, at most 8 at once, each with header, certificate and the trie nodes of the new set, and, when there are no more, the newest checkpoint.",
    params: [required("epoch", index)],
    handle: ({ finality }, [epoch]) =>
      finality === undefined ? null : encodeFinalityProof(finality.proof(epoch, CHANGES_MAX)),
  }),
  defineScan({
    name: "trellis_submitEvidence",
    summary:
      "Reports a validator that voted twice in one ballot: two signed votes, encoded as docs/spec/finality.md says. True when they prove it; the node tells the others then.",
    params: [required("evidence", bytes)],
    weight: WEIGHTS.execute,
    handle({ finality }, [encoded]) {
      if (finality === undefined)
        throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "no finality on this node" });
      finality.submitEvidence(evidenceOf(encoded));
      return true;
    },
  }),
];

/** @throws RPC_PARAMETERS_INVALID */
function evidenceOf(encoded: Uint8Array): Evidence {
  try {
    return decodeEvidence(encoded);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: `not evidence: ${error.message}` }, error);
  }
}
