import type { Metrics } from "@trellis/base";
import type { ChainEvent, ChainView } from "@trellis/protocol";

export function measureChain(metrics: Metrics, view: ChainView): (event: ChainEvent) => void {
  const blocks = metrics.counter({
    name: "trellis_chain_blocks_total",
    help: "Blocks that entered the DAG",
    labels: ["stream"],
  });
  const head = metrics.gauge({ name: "trellis_chain_head_number", help: "Number of the sink" });
  const final = metrics.gauge({
    name: "trellis_chain_finalized_number",
    help: "Number of the newest final block",
  });
  const transactions = metrics.counter({
    name: "trellis_chain_transactions_total",
    help: "Transactions accepted by chain blocks, including removed ones",
  });
  const gas = metrics.counter({
    name: "trellis_chain_gas_total",
    help: "Gas used by chain blocks, including removed ones",
  });
  const removed = metrics.counter({
    name: "trellis_chain_removed_blocks_total",
    help: "Chain blocks that a reorganisation removed",
  });
  head.set(view.head().header.number);
  final.set(view.finalized().header.number);
  return (event) => {
    if (event.kind === "block") blocks.add(1, { stream: view.parameters.streams[event.header.stream]!.name });
    if (event.kind === "removed") removed.add();
    if (event.kind === "finalized") final.set(event.number);
    if (event.kind !== "added") return;
    head.set(event.block.header.number);
    transactions.add(event.block.transactions.length);
    gas.add(Number(event.block.header.gasUsed));
  };
}
