import {
  authoritiesOf,
  type BlockInput,
  type Carrier,
  type Hash,
  type OpeningCall,
  type SignedBy,
  SYSTEM_ADDRESS,
  type TracerRequest,
  type TransactionTrace,
} from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readChanges, readGasUsed } from "../engine/results.ts";
import type { Verdict } from "../engine/verdicts.ts";
import { type AroundDelivery, type AroundTransaction, runBlock } from "../runBlock.ts";
import { createTracer } from "./createTracer.ts";
import { creationAddress } from "./creationAddress.ts";
import { listen } from "./listen.ts";
import type { Traced, TracedPlace } from "./Tracer.ts";
import { TraceSize } from "./TraceSize.ts";

/**
 * Traces all deliveries and accepted transactions, or the one `only`, but no other system calls.
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
  const trace = (hash: Hash, shape: () => TracedShape, run: () => Verdict): Verdict => {
    const isTraced = only === undefined || only === hash;
    const place = placeOf(input, hash, accepted);
    const tracer = isTraced
      ? createTracer(request, { ...seenBy(engine), ...shape(), size, place })
      : undefined;
    const verdict = tracer === undefined ? run() : listen(engine, tracer.hooks, run).result;
    if (verdict !== "ACCEPTED") return verdict;
    accepted++;
    if (tracer !== undefined)
      traces.push({ transactionHash: hash, result: tracer.result(readGasUsed(engine.memory)) });
    return verdict;
  };
  const around: AroundTransaction = (signed, carrier, run) =>
    trace(signed.transaction.hash, () => transactionShape(signed, carrier), run);
  const aroundDelivery: AroundDelivery = (call, run) => {
    const { transactionHash } = call;
    return transactionHash === undefined ? run() : trace(transactionHash, () => deliveryShape(call), run);
  };
  runBlock(engine, { ...input, systemCalls: [] }, { around, aroundDelivery });
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

type TracedShape = Pick<Traced, "from" | "to" | "isCreation" | "gasLimit" | "beneficiaries" | "authorities">;

function seenBy(engine: Engine): Pick<Traced, "state" | "changes" | "precompiles"> {
  return {
    state: engine,
    changes: () => readChanges(engine),
    precompiles: new Set(engine.precompileAddresses()),
  };
}

function transactionShape({ transaction, sender }: SignedBy, carrier: Carrier): TracedShape {
  const { to, nonce, gasLimit } = transaction;
  return {
    from: sender,
    to: to ?? creationAddress(sender, nonce),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [carrier.coinbase, carrier.tipRecipient],
    authorities: authoritiesOf(transaction),
  };
}

/** Pays nobody. [SHARD-13.3] */
function deliveryShape({ to, gasLimit }: OpeningCall): TracedShape {
  return { from: SYSTEM_ADDRESS, to, isCreation: false, gasLimit, beneficiaries: [], authorities: [] };
}
