import { bytesToHex } from "@trellis/base";
import { encodeBlock, encodeHeader, encodeReceipt } from "@trellis/protocol";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { hash } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import { writeList } from "../../reading/AnswerList.ts";
import { resolveBlock, resolveHeader } from "../../reading/resolveBlock.ts";
import { findTransaction, isQuickToFind } from "../eth/transactions.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

const debug = { role: "debug" } as const;
const block = required("block", blockParameter);

export const rawMethods = [
  defineMethod({
    ...debug,
    name: "debug_getRawHeader",
    summary: "A block's header as it is hashed (RLP, Trellis's own fields).",
    params: [block],
    handle: ({ chain }, [at]) => bytesToHex(encodeHeader(resolveHeader(chain, at).header)),
  }),
  defineScan({
    ...debug,
    name: "debug_getRawBlock",
    summary: "A block as it was mined: its header and the transactions that it carried (RLP).",
    params: [block],
    handle({ chain }, [at]) {
      const { hash: wanted } = resolveHeader(chain, at);
      const mined = chain.block(wanted);
      if (mined === undefined) throw rpcErrors.RPC_HISTORY_PRUNED({ block: wanted });
      return bytesToHex(encodeBlock(mined));
    },
  }),
  defineScan({
    ...debug,
    name: "debug_getRawReceipts",
    summary: "A chain block's receipts as receiptsRoot commits to them (EIP-2718).",
    params: [block],
    handle({ chain, limits }, [at], pacing) {
      const { transactions } = resolveBlock(chain, at);
      const raw = (index: number) => bytesToHex(encodeReceipt(transactions[index]!.receipt));
      return writeList(limits, transactions.length, raw, pacing);
    },
  }),
  defineScan({
    ...debug,
    name: "debug_getRawTransaction",
    summary: "The signed envelope of a transaction, accepted or waiting (EIP-2718).",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    isQuick: isQuickToFind,
    handle({ chain, pool }, [wanted]) {
      const transaction = findTransaction(chain, pool, wanted);
      return transaction === undefined ? "0x" : bytesToHex(transaction.encoded);
    },
  }),
  defineMethod({
    ...debug,
    name: "debug_getBadBlocks",
    summary: "Always empty: blocks that fail are not kept.",
    handle: () => [],
  }),
];
