import { bytesToHex, quantityToHex } from "@trellis/base";
import {
  blockEntries,
  type ChainBlock,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Header,
  ZERO_HASH,
} from "@trellis/protocol";

/** keccak256(rlp([])). */
export const EMPTY_UNCLES_HASH: Hash = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/** Ethereum's header after Cancun. Unused fields are empty. [RPC-5] */
export function encodeHeader({ hash, header, timestamp, gasLimit, prevRandao }: ChainBlock): object {
  return {
    hash,
    number: quantityToHex(header.number),
    parentHash: header.parents[0] ?? forkedHash(header),
    timestamp: quantityToHex(timestamp),
    miner: header.miner,
    stateRoot: header.stateRoot,
    transactionsRoot: header.acceptedRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: bytesToHex(header.logsBloom),
    gasLimit: quantityToHex(gasLimit),
    gasUsed: quantityToHex(header.gasUsed),
    baseFeePerGas: quantityToHex(header.baseFee),
    extraData: bytesToHex(header.extra),
    mixHash: prevRandao,
    nonce: "0x0000000000000000",
    difficulty: "0x0",
    sha3Uncles: EMPTY_UNCLES_HASH,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: ZERO_HASH,
  };
}

/** Under the genesis. [DEV-7] */
function forkedHash({ number, extra }: Pick<Header, "number" | "extra">): Hash {
  return number === 0 ? ZERO_HASH : bytesToHex(extra);
}

export function encodeBlock(block: ChainBlock): object {
  return {
    ...encodeHeader(block),
    size: quantityToHex(block.size),
    uncles: [],
    withdrawals: [],
    transactions: blockEntries(block).map(({ receipt }) => receipt.transactionHash),
  };
}
