import { poolErrors } from "../errors.ts";
import { wordsOf } from "./abi.ts";
import { callMany, type PoolCall } from "./callMany.ts";
import type { PoolCaller, ReadOptions } from "./PoolSource.ts";

export async function readWords(
  caller: PoolCaller,
  calls: readonly (PoolCall & { readonly words?: number })[],
  options: ReadOptions,
): Promise<(readonly bigint[])[]> {
  const answers = await callMany(caller, calls, options);
  return calls.map(({ to, data, words: least = 1 }, place) => {
    const answer = answers[place];
    const words = wordsOf(answer ?? "0x");
    if (answer === undefined || words.length < least)
      throw poolErrors.POOL_UNREADABLE({ pool: to, selector: data.slice(0, 10), words: words.length });
    return words;
  });
}
