import { bytesToHex, quantityToHex } from "@trellis/base";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { anything, boolean, text } from "../../decoding/Decoder.ts";
import { hash, index } from "../../decoding/hex.ts";
import {
  encodeChainBlock,
  encodeDagBlock,
  encodeStream,
  encodeTransactionStatus,
} from "../../encoding/dagBlock.ts";
import { positionOf } from "../../reading/chainChanges.ts";
import { readDag } from "../../reading/readDag.ts";
import { findKeptBlock } from "../../reading/resolveBlock.ts";
import { encodeChainCursor } from "../../subscriptions/cursors.ts";
import { subscribe, unsubscribe } from "../../subscriptions/subscribe.ts";
import { TRELLIS_TOPICS } from "../../subscriptions/trellisTopics.ts";
import { isQuickToFind } from "../eth/transactions.ts";
import { defineMethod, defineScan, optional, required, WEIGHTS } from "../Method.ts";

export const trellisMethods = [
  defineMethod({
    name: "trellis_getInfo",
    summary: "Returns the network, its genesis and the size of the DAG.",
    handle({ chain }) {
      const { name, chainId, ghostdagK } = chain.parameters;
      return {
        network: name,
        chainId: quantityToHex(chainId),
        genesisHash: chain.genesisHash,
        ghostdagK,
        carrierGasLimit: quantityToHex(chain.nextGasLimit()),
        oldestBlock: quantityToHex(chain.oldestNumber()),
        ...chain.counts(),
      };
    },
  }),
  defineMethod({
    name: "trellis_getTips",
    summary: "Returns the tips of the DAG.",
    handle: ({ chain }) => chain.tips(),
  }),
  defineScan({
    name: "trellis_getDagBlock",
    summary: "Returns a block of the DAG with its GHOSTDAG data; with true, also its transactions as bytes.",
    params: [required("blockHash", hash), optional("withBody", boolean, false)],
    handle({ chain }, [blockHash, withBody]) {
      const block = chain.dagBlock(blockHash);
      if (block === undefined) return null;
      const body = withBody ? chain.block(blockHash)?.body : undefined;
      if (body === undefined) return encodeDagBlock(block);
      const rawTransactions = body.transactions.map(({ encoded }) => bytesToHex(encoded));
      return { ...encodeDagBlock(block), rawTransactions };
    },
  }),
  defineScan({
    name: "trellis_getDag",
    summary: "Returns blocks in a range of blue scores, lowest first, at most 1,000.",
    params: [required("fromBlueScore", index), required("toBlueScore", index)],
    weight: WEIGHTS.trace,
    handle: (node, [from, to], pacing) => readDag(node, from, to, pacing),
  }),
  defineScan({
    name: "trellis_getChainBlock",
    summary:
      "Returns the execution result of a chain block: merged blocks, accepted and skipped transactions.",
    params: [required("block", blockParameter)],
    handle({ chain }, [at]) {
      const block = findKeptBlock(chain, at);
      return block === undefined ? null : encodeChainBlock(block);
    },
  }),
  defineScan({
    name: "trellis_getTransactionStatus",
    summary:
      "Returns the status of a transaction: unknown, pending, included, skipped, accepted or finalized.",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    isQuick: isQuickToFind,
    handle({ chain, pool }, [transactionHash]) {
      const status = chain.transactionStatus(transactionHash);
      const isPending = status.kind === "unknown" && pool.get(transactionHash) !== undefined;
      return encodeTransactionStatus(isPending ? { kind: "pending" } : status);
    },
  }),
  defineMethod({
    name: "trellis_getStreams",
    summary: "Returns the proof-of-work streams with difficulty, block rate and share of recent blocks.",
    handle: ({ chain }) => chain.streams().map(encodeStream),
  }),
  defineMethod({
    name: "trellis_feeOracle",
    summary: "Returns fees for low, normal and fast acceptance, in wei per gas.",
    handle({ chain, fees }) {
      const offer = (tip: bigint) => ({
        maxPriorityFeePerGas: quantityToHex(tip),
        maxFeePerGas: quantityToHex(fees.feeCap(tip)),
      });
      const { low, normal, fast } = fees.tips();
      return {
        baseFeePerGas: quantityToHex(chain.nextBaseFee()),
        low: offer(low),
        normal: offer(normal),
        fast: offer(fast),
      };
    },
  }),
  defineMethod({
    name: "trellis_getCheckpoint",
    summary: "Returns the finalized block, the safe block and the head, with the cursor of the head.",
    handle({ chain }) {
      const place = ({ number, hash: at }: ReturnType<typeof positionOf>) => ({
        number: quantityToHex(number),
        hash: at,
      });
      const head = positionOf(chain.head());
      return {
        finalized: place(positionOf(chain.finalized())),
        safe: place(positionOf(chain.safe())),
        head: place(head),
        cursor: encodeChainCursor(head),
      };
    },
  }),
  defineMethod({
    name: "trellis_subscribe",
    summary:
      "Subscribes to chain, dag or messages; {since: CURSOR} resumes an earlier subscription to chain or dag (WebSocket). With the role `mining`, also to templates, with {stream, miner}.",
    params: [required("topic", text), optional("options", anything)],
    handle: (node, [topic, options], session) =>
      subscribe(node, session, { namespace: "trellis", topics: TRELLIS_TOPICS }, { topic, options }),
  }),
  defineMethod({
    name: "trellis_unsubscribe",
    summary: "Ends a subscription.",
    params: [required("subscription", text)],
    handle: (_, [id], session) => unsubscribe(session, id),
  }),
];
