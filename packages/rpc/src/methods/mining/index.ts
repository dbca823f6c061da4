import { EncodedJson } from "@trellis/protocol";
import { anything } from "../../decoding/Decoder.ts";
import { address, hash, uint64 } from "../../decoding/hex.ts";
import { encodeWorker, templateJson } from "../../encoding/template.ts";
import { miningOf, workRequestOf } from "../../reading/workRequest.ts";
import type { Session } from "../../Session.ts";
import { defineMethod, required, WEIGHTS } from "../Method.ts";

/** Name of a guard's caller without a key. */
const ANONYMOUS = "anonymous";

const mining = { role: "mining" } as const;

const stream = { ...anything, schema: { type: "string", title: "name or index of a stream" } };

export const miningMethods = [
  defineMethod({
    ...mining,
    name: "trellis_getBlockTemplate",
    summary:
      "Returns a block template of a stream that pays an address. A nonce is found when the stream's hash of seal root and nonce is at most the target. Templates expire after 30 seconds.",
    params: [required("stream", stream), required("miner", address)],
    weight: WEIGHTS.execute,
    async handle(node, [asked, miner], session) {
      const request = workRequestOf(node, asked, miner);
      const offered = await miningOf(node, session).template(request, session.address);
      return new EncodedJson(templateJson(node.chain, offered));
    },
  }),
  defineMethod({
    ...mining,
    name: "trellis_submitBlock",
    summary: "Submits a nonce for a template, and returns the hash of the imported block.",
    params: [required("id", hash), required("nonce", uint64)],
    weight: WEIGHTS.scan,
    handle: (node, [id, nonce], session) =>
      miningOf(node, session).submit(id, nonce, session.address, isKnown(session)),
  }),
  defineMethod({
    ...mining,
    name: "trellis_getMiningWorkers",
    summary:
      "Returns the workers of the node itself, JSON-RPC and Stratum, with device, difficulty, hash rate, shares, blocks, and final colours and rewards.",
    handle: (node, _, session) =>
      miningOf(node, session)
        .workers()
        .map((worker) => encodeWorker(node.chain, worker)),
  }),
];

/** Strangers share a budget for wrong nonces. [MINE-5] */
function isKnown({ isLocalProgram, caller }: Session): boolean {
  return isLocalProgram || (caller !== undefined && caller.name !== ANONYMOUS);
}
