import { poolErrors } from "../errors.ts";
import type { PoolAddress, TokenAddress } from "../Pool.ts";
import { encodeCall } from "./abi.ts";
import type { PoolCaller, ReadOptions } from "./PoolSource.ts";
import { readWords } from "./readWords.ts";

const DECIMALS: `0x${string}` = encodeCall("decimals()");
/** More no pool that counts with 18 decimals takes. */
const DECIMALS_MAX = 18n;

/** Of a pool's tokens. @throws POOL_UNREADABLE for one that has none, or more than 18 */
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
