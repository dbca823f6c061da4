import type { Hex } from "@trellis/base";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";
import { type PoolFee, UniswapV2Pool } from "../uniswapV2/UniswapV2Pool.ts";
import { encodeCall, topicOf, wordsOf } from "./abi.ts";
import type { PoolSource } from "./PoolSource.ts";
import { poolOfKind } from "./poolOfKind.ts";
import { readWords } from "./readWords.ts";

export interface UniswapV2Identity {
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  readonly fee: PoolFee;
}

const SYNC: Hex = topicOf("Sync(uint112,uint112)");
const GET_RESERVES: Hex = encodeCall("getReserves()");

/** Logs contain both reserves: no read is needed. */
export function uniswapV2Source({ address, tokens, fee }: UniswapV2Identity): PoolSource {
  return {
    kind: "uniswap-v2",
    address,
    tokens,
    emitters: [address],
    isAbout: (log) => log.address === address,
    applyLog(pool, { topics, data }) {
      if (topics[0] !== SYNC) return undefined;
      const [reserve0, reserve1] = wordsOf(data);
      if (reserve0 === undefined || reserve1 === undefined)
        throw poolErrors.POOL_LOG_INVALID({ pool: address, event: "Sync" });
      return pairOf(pool).withReserves([reserve0, reserve1]);
    },
    async read(caller, options) {
      const balanceOf = encodeCall("balanceOf(address)", BigInt(address));
      const [reserves, ...balances] = await readWords(
        caller,
        [{ to: address, data: GET_RESERVES, words: 2 }, ...tokens.map((to) => ({ to, data: balanceOf }))],
        options,
      );
      const [reserve0 = 0n, reserve1 = 0n] = reserves ?? [];
      const has = balances.map(([balance = 0n]) => balance);
      if (has[0]! < reserve0 || has[1]! < reserve1)
        throw poolErrors.POOL_INVALID({ pool: address, reserve0, reserve1, has0: has[0], has1: has[1] });
      return new UniswapV2Pool({ address, tokens, fee, reserves: [reserve0, reserve1] });
    },
    differenceOf(kept, read) {
      const [mine, theirs] = [pairOf(kept).reserves, pairOf(read).reserves];
      return String(mine) === String(theirs) ? undefined : `reserves ${mine}, the contract has ${theirs}`;
    },
  };
}

const pairOf = (pool: Pool): UniswapV2Pool => poolOfKind(pool, UniswapV2Pool);
