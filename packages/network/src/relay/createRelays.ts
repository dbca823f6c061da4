import type { BlockExchange, ChainView, PoolView, TransactionIntake } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { AnswerQueue } from "../requests/AnswerQueue.ts";
import { PeerRequests } from "../requests/PeerRequests.ts";
import type { BlockIntake } from "../sync/BlockIntake.ts";
import { countBlocks } from "../sync/countBlocks.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { BlockRelay } from "./BlockRelay.ts";
import type { BlockForm } from "./compactBlock.ts";
import { KnownTransactions } from "./KnownTransactions.ts";
import { TraceRelay } from "./TraceRelay.ts";
import { TransactionRelay } from "./TransactionRelay.ts";

interface RelaysOptions {
  readonly blockForm: BlockForm;
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish" | "request">;
  readonly guard: PeerGuard;
  readonly queue: BlockIntake;
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  readonly peers: () => readonly PeerId[];
}

export function createRelays(
  options: RelaysOptions,
  { clock, scheduler, pace, metrics, tracing }: NetworkPorts,
) {
  const known = new KnownTransactions(options.pool, clock);
  const requests = new PeerRequests({ ...options, clock });
  // A separate queue: new blocks must not wait for state ranges.
  const answerQueue = new AnswerQueue(pace);
  const traces = tracing && new TraceRelay({ ...options, clock, tracing });
  const blocks = new BlockRelay({
    ...options,
    received: countBlocks(metrics),
    form: options.blockForm,
    requests,
    known,
    answerQueue,
    traces,
  });
  const transactions = new TransactionRelay({
    ...options,
    requests,
    known,
    answerQueue,
    clock,
    scheduler,
    tracing,
    traces,
  });
  return { blocks, transactions, traces };
}
