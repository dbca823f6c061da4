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
import { readChanges, readGasUsed } from "../engine/results.ts";
import { type AroundTransaction, runBlock } from "../runBlock.ts";
import { createTracer } from "./createTracer.ts";
import { creationAddress } from "./creationAddress.ts";
import { listen } from "./listen.ts";
import type { Traced, TracedPlace, Tracer } from "./Tracer.ts";
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
  let accepted = 0;
  const around: AroundTransaction = (signed, carrier, run) => {
    const { hash } = signed.transaction;
    const isTraced = only === undefined || only === hash;
    const place = placeOf(input, hash, accepted);
    const tracer = isTraced ? tracerFor(engine, request, { signed, carrier, size, place }) : undefined;
    const verdict = tracer === undefined ? run() : listen(engine, tracer.hooks, run).result;
    if (verdict !== "ACCEPTED") return verdict;
    accepted++;
    if (tracer !== undefined)
      traces.push({ transactionHash: hash, result: tracer.result(readGasUsed(engine.memory)) });
    return verdict;
  };
  runBlock(engine, { ...input, systemCalls: [] }, { around });
  return traces;
}

function placeOf(
  { hash: blockHash, context }: BlockInput,
  transactionHash: Hash,
  transactionPosition: number,
): TracedPlace | undefined {
  if (blockHash === undefined) return undefined;
  return { blockHash, blockNumber: context.number, transactionHash, transactionPosition };
}

interface TracedTransaction extends Pick<Traced, "place" | "size"> {
  readonly signed: SignedBy;
  readonly carrier: Carrier;
}

function tracerFor(
  engine: Engine,
  request: TracerRequest,
  { signed, carrier, ...rest }: TracedTransaction,
): Tracer {
  const { transaction, sender } = signed;
  const { to, nonce, gasLimit } = transaction;
  return createTracer(request, {
    state: engine,
    changes: () => readChanges(engine),
    from: sender,
    to: to ?? creationAddress(sender, nonce),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [carrier.coinbase, carrier.tipRecipient],
    authorities: authoritiesOf(transaction),
    precompiles: new Set(engine.precompileAddresses()),
    ...rest,
  });
}
