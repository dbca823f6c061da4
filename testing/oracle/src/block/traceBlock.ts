import type { Common } from "@ethereumjs/common";
import { createEOACode7702TxFromRLP } from "@ethereumjs/tx";
import { eoaCode7702RecoverAuthority, SECP256K1_ORDER_DIV_2 } from "@ethereumjs/util";
import { bytesToBigint } from "@trellis/base";
import {
  type Address,
  type BlockInput,
  type Carrier,
  type Evm,
  type Hash,
  type SignedBy,
  TRANSACTION_TYPES,
  type TracerRequest,
  type Transaction,
} from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { creationAddress } from "../message/creationAddress.ts";
import { createTracer } from "../tracing/createTracer.ts";
import type { Traced } from "../tracing/hooks.ts";
import { observe } from "../tracing/observe.ts";
import { runBlock } from "./runBlock.ts";

export async function traceBlock(
  machine: Machine,
  input: BlockInput,
  request: TracerRequest,
  only?: Hash,
): Promise<Awaited<ReturnType<Evm["traceBlock"]>>> {
  const traces: Awaited<ReturnType<Evm["traceBlock"]>>[number][] = [];
  await runBlock(machine, { ...input, systemCalls: [] }, async (signed, carrier, run) => {
    const transactionHash = signed.transaction.hash;
    if (only !== undefined && transactionHash !== only) return run();
    const tracer = createTracer(request, tracedOf(machine, signed, carrier));
    const observation = observe(machine, tracer.hooks);
    const receipt = await run();
    observation.stop();
    traces.push({ transactionHash, result: tracer.result(receipt.gasUsed) });
    return receipt;
  });
  return traces;
}

function tracedOf({ state, vm }: Machine, { transaction, sender }: SignedBy, carrier: Carrier): Traced {
  const { to, nonce, gasLimit } = transaction;
  return {
    state,
    from: sender,
    to: to ?? creationAddress(sender, nonce),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [carrier.coinbase, carrier.tipRecipient],
    authorities: transaction.type === TRANSACTION_TYPES.setCode ? authoritiesOf(vm.common, transaction) : [],
  };
}

function authoritiesOf(common: Common, { encoded }: Transaction): Address[] {
  const { authorizationList } = createEOACode7702TxFromRLP(encoded, { common, freeze: false });
  return authorizationList.flatMap((authorization) => {
    if (bytesToBigint(authorization[5]) > SECP256K1_ORDER_DIV_2) return [];
    try {
      return eoaCode7702RecoverAuthority(authorization).toString();
    } catch {
      return [];
    }
  });
}
