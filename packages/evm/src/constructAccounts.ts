import type {
  Address,
  BlockContext,
  CallRequest,
  ConstructAccounts,
  Construction,
  GenesisAccount,
} from "@trellis/protocol";
import { createEngine, createEvm } from "./createEvm.ts";
import { readChanges } from "./engine/results.ts";
import { MemoryState } from "./MemoryState.ts";

const CONSTRUCTION_GAS = 1_000_000_000n;
/** Only seeds hash tables; results do not depend on it. */
const random = { bytes: (count: number) => new Uint8Array(count) };

export const constructAccounts: ConstructAccounts = (context, sender, constructions) => {
  const state = new MemoryState();
  const accounts: GenesisAccount[] = [];
  for (const construction of constructions) {
    const { address } = construction;
    const { outcome, output } = construct(state, context, sender, construction);
    if (outcome !== "success") return { kind: "refused", address, outcome, output };
    accounts.push(accountAt(state, address));
  }
  return { kind: "done", accounts, state };
};

function construct(
  state: MemoryState,
  context: BlockContext,
  sender: Address,
  { address, initCode, value }: Construction,
): { readonly outcome: string; readonly output: Uint8Array } {
  state.setBalance(sender, value);
  state.setCode(address, initCode);
  const request: CallRequest = {
    from: sender,
    to: address,
    gasLimit: CONSTRUCTION_GAS,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value,
    data: new Uint8Array(0),
    accessList: [],
  };
  const { outcome, output } = createEvm({ random }).observeCall(
    { state, context, coinbase: sender, request },
    {},
  );
  if (outcome !== "success") return { outcome, output };
  const engine = createEngine({ random });
  engine.setState(state);
  engine.setContext(context, { baseFee: 0n });
  engine.setRecipients(sender, sender);
  engine.runCall(request);
  state.apply(readChanges(engine));
  state.setCode(address, output);
  return { outcome, output };
}

function accountAt(state: MemoryState, address: Address): GenesisAccount {
  return {
    address,
    balance: state.account(address)?.balance ?? 0n,
    nonce: 1n,
    code: state.codeAt(address),
    storage: new Map([...state.storageOf(address)].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
