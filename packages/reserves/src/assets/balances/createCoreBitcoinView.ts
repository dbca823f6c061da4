import { type Hex, isHex } from "@trellis/base";
import { clientErrors, type RpcRequest } from "@trellis/client";
import { z } from "zod";
import type { BitcoinView } from "./BitcoinView.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const SATS_PER_COIN = 100_000_000;
/** 21 million coins are fewer satoshis than a number holds exactly. */
const amount = z.number().min(0).max(21_000_000);
const scan = z.object({
  success: z.literal(true),
  bestblock: hash,
  unspents: z.array(z.object({ scriptPubKey: z.string(), amount })),
});
/** "Block height out of range", bitcoin/src/rpc/protocol.h: RPC_INVALID_PARAMETER. */
const NO_SUCH_HEIGHT = -8;

/**
 * A Bitcoin Core node, which scans its set of unspent coins: it tells about its best block alone.
 */
export function createCoreBitcoinView(name: string, request: RpcRequest): BitcoinView {
  return {
    name,
    async blockHash(height) {
      let answer: unknown;
      try {
        answer = await request("getblockhash", [height]);
      } catch (error) {
        if (isNoSuchHeight(error)) return undefined;
        throw error;
      }
      const shown = `0x${String(answer)}`;
      if (!isHex(shown, 32)) throw invalid(name, "block hash");
      return shown;
    },
    async balancesSat(scripts, block) {
      const descriptors = scripts.map((script) => `raw(${script.slice(2)})`);
      const result = scan.safeParse(await request("scantxoutset", ["start", descriptors]));
      if (!result.success) throw invalid(name, "a finished scan");
      const { bestblock, unspents } = result.data;
      if (`0x${bestblock}` !== block.hash) throw invalid(name, `best block ${block.hash}`);
      const amounts = new Map<Hex, bigint>();
      for (const unspent of unspents) {
        const script: Hex = `0x${unspent.scriptPubKey}`;
        const sats = BigInt(Math.round(unspent.amount * SATS_PER_COIN));
        amounts.set(script, (amounts.get(script) ?? 0n) + sats);
      }
      return scripts.map((script) => amounts.get(script) ?? 0n);
    },
  };
}

function isNoSuchHeight(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === NO_SUCH_HEIGHT;
}

function invalid(name: string, expected: string) {
  return clientErrors.NODE_ANSWER_INVALID({ node: name, expected });
}
