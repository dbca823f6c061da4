import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { MarketPair } from "../../generated/MarketPair.ts";

export const MARKET_PAIR_CODE_HASH: Hex = bytesToHex(keccak256(hexToBytes(MarketPair.bytecode)));
