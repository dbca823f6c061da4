import type { PrecompilesOf } from "@trellis/evm";
import type { Fork } from "@trellis/protocol";
import { ResultCache } from "../ResultCache.ts";

type Precompiles = ReturnType<PrecompilesOf>;
type Precompile = Precompiles extends ReadonlyMap<number, infer Function> ? Function : never;

/** Engines that share the result run each input of a precompile once. Failures are not kept: they depend on the gas. */
export function keepingResults(precompilesOf: PrecompilesOf): PrecompilesOf {
  const byFork = new Map<Fork, Precompiles>();
  return (fork) => {
    const known = byFork.get(fork);
    if (known !== undefined) return known;
    const precompiles = new Map([...precompilesOf(fork)].map(([id, run]) => [id, keeping(run)]));
    byFork.set(fork, precompiles);
    return precompiles;
  };
}

function keeping(run: Precompile): Precompile {
  const results = new ResultCache<NonNullable<ReturnType<Precompile>>>();
  return (input, gas) => {
    const known = results.get(input);
    if (known !== undefined) return known;
    const result = run(input, gas);
    // With too little gas, the precompile has not run.
    if (result !== undefined && result.gasUsed <= gas) results.set(input, result);
    return result;
  };
}
