import type { Metrics } from "@trellis/base";
import type { ChainEvent, ChainView } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";

export function measureChain(metrics: Metrics, view: ChainView): (event: ChainEvent) => void {
  const { streams, chainId } = view.parameters;
  const blocks = metrics.counter(chainMetrics.trellis_chain_blocks_total);
  const head = metrics.gauge(chainMetrics.trellis_chain_head_number);
  const final = metrics.gauge(chainMetrics.trellis_chain_finalized_number);
  const tips = metrics.gauge(chainMetrics.trellis_chain_tips);
  const transactions = metrics.counter(chainMetrics.trellis_chain_transactions_total);
  const gas = metrics.counter(chainMetrics.trellis_chain_gas_total);
  const removed = metrics.counter(chainMetrics.trellis_chain_removed_blocks_total);
  const { header } = view.head();
  const shard = { chain_id: String(chainId), shard: String(header.shard) };
  metrics.gauge(chainMetrics.trellis_shard_info).set(1, shard);
  for (const { name } of streams) blocks.add(0, { stream: name });
  head.set(header.number);
  final.set(view.finalized().header.number);
  tips.set(view.tips().length);
  return (event) => {
    if (event.kind === "block") blocks.add(1, { stream: streams[event.header.stream]!.name });
    if (event.kind === "removed") removed.add();
    if (event.kind === "finalized") final.set(event.number);
    if (event.kind !== "added") return;
    head.set(event.block.header.number);
    tips.set(view.tips().length);
    transactions.add(event.block.transactions.length);
    gas.add(Number(event.block.header.gasUsed));
  };
}
