import {
  authoritiesOf,
  type BlockInput,
  type Carrier,
  type Hash,
  type SignedBy,
  type TracerRequest,
  type TransactionTrace,
} from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { type AroundTransaction, runBlock } from "../runBlock.ts";
import { createTracer } from "./createTracer.ts";
import { creationAddress } from "./creationAddress.ts";
import { listen } from "./listen.ts";
import type { Tracer } from "./Tracer.ts";
import { TraceSize } from "./TraceSize.ts";

/**
 * Traces all accepted transactions, or the transaction `only`, but no system calls.
 * @throws CALL_TOO_LARGE
 */
export function traceBlock(
  engine: Engine,
  input: BlockInput,
  request: TracerRequest,
  only?: Hash,
): readonly TransactionTrace[] {
  const traces: TransactionTrace[] = [];
  const size = new TraceSize();
  const around: AroundTransaction = (signed, carrier, run) => {
    const { hash } = signed.transaction;
    if (only !== undefined && only !== hash) return run();
    const tracer = tracerFor(engine, request, { signed, carrier, size });
    const { result: verdict } = listen(engine, tracer.hooks, run);
    if (verdict === "ACCEPTED") {
      traces.push({ transactionHash: hash, result: tracer.result(readGasUsed(engine.memory)) });
    }
    return verdict;
  };
  runBlock(engine, { ...input, systemCalls: [] }, { around });
  return traces;
}

interface TracedTransaction {
  readonly signed: SignedBy;
  readonly carrier: Carrier;
  readonly size: TraceSize;
}

function tracerFor(
  engine: Engine,
  request: TracerRequest,
  { signed, carrier, size }: TracedTransaction,
): Tracer {
  const { transaction, sender } = signed;
  const { to, nonce, gasLimit } = transaction;
  return createTracer(request, {
    state: engine,
    from: sender,
    to: to ?? creationAddress(sender, nonce),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [carrier.coinbase, carrier.tipRecipient],
    authorities: authoritiesOf(transaction),
    size,
  });
}
