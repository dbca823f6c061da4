import type { EVM, ExecResult, PrecompileFunc } from "@ethereumjs/evm";
import { ResultCache } from "../ResultCache.ts";

/** Protected members of ethereumjs's EVM. */
interface Inside {
  runPrecompile(run: PrecompileFunc, data: Uint8Array, gasLimit: bigint): Promise<ExecResult> | ExecResult;
}

/** Most of a fuzzer's time is cryptography on the same inputs. Failures are not kept: they depend on the gas limit. */
export function keepPrecompileResults(evm: EVM): void {
  const inside = evm as unknown as Inside;
  const runPrecompile = inside.runPrecompile.bind(evm);
  const results = new Map<PrecompileFunc, ResultCache<ExecResult>>();
  inside.runPrecompile = async (run, data, gasLimit) => {
    const known = results.get(run) ?? new ResultCache();
    results.set(run, known);
    const result = known.get(data);
    if (result !== undefined && result.executionGasUsed <= gasLimit) return { ...result };
    const fresh = await runPrecompile(run, data, gasLimit);
    if (fresh.exceptionError === undefined) known.set(data, { ...fresh });
    return fresh;
  };
}
