import { poolErrors } from "../errors.ts";
import type { PoolAddress, TokenAddress } from "../Pool.ts";
import { encodeCall } from "./abi.ts";
import type { PoolCaller, ReadOptions } from "./PoolSource.ts";
import { readWords } from "./readWords.ts";

const DECIMALS: `0x${string}` = encodeCall("decimals()");
const DECIMALS_MAX = 18n;

/** @throws POOL_UNREADABLE unless every token has 0 to 18 decimals */
export async function readDecimals(
  pool: PoolAddress,
  tokens: readonly TokenAddress[],
  caller: PoolCaller,
  options: ReadOptions,
): Promise<readonly number[]> {
  const answers = await readWords(
    caller,
    tokens.map((to) => ({ to, data: DECIMALS })),
    options,
  );
  return answers.map(([decimals = 0n], place) => {
    if (decimals > DECIMALS_MAX)
      throw poolErrors.POOL_UNREADABLE({ pool, token: tokens[place], decimals: String(decimals) });
    return Number(decimals);
  });
}
