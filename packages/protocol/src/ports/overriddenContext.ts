import type { BlockContext, BlockOverrides } from "./evm.ts";

export function overriddenContext(context: BlockContext, overrides: BlockOverrides = {}): BlockContext {
  const { number, timestamp, gasLimit, baseFee, prevRandao } = overrides;
  return {
    ...context,
    number: number ?? context.number,
    timestamp: timestamp ?? context.timestamp,
    gasLimit: gasLimit ?? context.gasLimit,
    baseFee: baseFee ?? context.baseFee,
    prevRandao: prevRandao ?? context.prevRandao,
  };
}
