import { bytesToHex } from "@trellis/base";
import { encodeBlock, encodeHeader, encodeReceipt, entryAt, entryCount } from "@trellis/protocol";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { hash } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import { writeList } from "../../reading/AnswerList.ts";
import { resolveBlock, resolveHeader } from "../../reading/resolveBlock.ts";
import { findEncoded, isQuickToFind } from "../eth/transactions.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

const debug = { role: "debug" } as const;
const block = required("block", blockParameter);

export const rawMethods = [
  defineMethod({
    ...debug,
    name: "debug_getRawHeader",
    summary: "Returns the header of a block in the encoding that is hashed (RLP, with Trellis's own fields).",
    params: [block],
    handle: ({ chain }, [at]) => bytesToHex(encodeHeader(resolveHeader(chain, at).header)),
  }),
  defineScan({
    ...debug,
    name: "debug_getRawBlock",
    summary: "Returns a block as mined: header and contained transactions (RLP).",
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
    summary: "Returns the receipts of a chain block in the encoding of receiptsRoot (EIP-2718).",
    params: [block],
    handle({ chain, limits }, [at], pacing) {
      const found = resolveBlock(chain, at);
      const raw = (index: number) => bytesToHex(encodeReceipt(entryAt(found, index)!.receipt));
      return writeList(limits, entryCount(found), raw, pacing);
    },
  }),
  defineScan({
    ...debug,
    name: "debug_getRawTransaction",
    summary: "Returns the encoding of a delivery, or of an accepted or pending transaction (EIP-2718).",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    isQuick: isQuickToFind,
    handle: ({ chain, pool }, [wanted]) => bytesToHex(findEncoded(chain, pool, wanted)),
  }),
  defineMethod({
    ...debug,
    name: "debug_getBadBlocks",
    summary: "Returns an empty list: invalid blocks are not stored.",
    handle: () => [],
  }),
];
