import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { MarketPair } from "../../generated/MarketPair.ts";

/** Of the creation code of every pair: with it, a factory and two tokens, the pair's address is known. */
export const MARKET_PAIR_CODE_HASH: Hex = bytesToHex(keccak256(hexToBytes(MarketPair.bytecode)));
