import { decodeEvidence } from "@trellis/protocol";
import { bytes, index } from "../../decoding/hex.ts";
import { encodeCertificate, encodeFinality } from "../../encoding/finality.ts";
import { rpcErrors } from "../../errors.ts";
import { defineMethod, required, WEIGHTS } from "../Method.ts";

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
  defineMethod({
    name: "trellis_submitEvidence",
    summary:
      "Reports a validator that voted twice in one ballot: two signed votes, encoded as docs/spec/finality.md says. True when they prove it.",
    params: [required("evidence", bytes)],
    weight: WEIGHTS.execute,
    handle({ finality }, [encoded]) {
      if (finality === undefined)
        throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "no finality on this node" });
      finality.receiveEvidence(decodeEvidence(encoded));
      return true;
    },
  }),
];
