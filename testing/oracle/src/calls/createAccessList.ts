import type { AccessListEntry, AccessListResult, Address, CallInput, Hash } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { creationAddress } from "../message/creationAddress.ts";
import { type Step, wordToAddress, wordToHash } from "../tracing/hooks.ts";
import { observe } from "../tracing/observe.ts";
import { stackFailure } from "../tracing/opcodes.ts";
import { simulate } from "./call.ts";

const STORAGE_OPCODES = new Set([0x54, 0x55]);
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT */
const ACCOUNT_OPCODES = new Set([0x31, 0x3b, 0x3c, 0x3f, 0xff]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
const ROUNDS_MAX = 16;

type Touched = Map<Address, Set<Hash>>;

/**
 * Like geth's eth_createAccessList, repeats the call until the list is complete. Sender, recipient and
 * precompiles are warm, so only their slots are listed.
 */
export async function createAccessList(machine: Machine, input: CallInput): Promise<AccessListResult> {
  const excluded = excludedAddresses(machine, input);
  let touched = new Map<Address, Set<Hash>>();
  for (const { address, storageKeys } of input.request.accessList) {
    add(touched, excluded, address, storageKeys);
  }
  for (let round = 1; ; round++) {
    const accessList = entriesOf(touched);
    const { next, gasUsed, failure } = await runWith(machine, input, accessList, touched, excluded);
    if (isEqual(touched, next) || round === ROUNDS_MAX) {
      return { accessList, gasUsed, ...(failure === undefined ? {} : { failure }) };
    }
    touched = next;
  }
}

async function runWith(
  machine: Machine,
  input: CallInput,
  accessList: readonly AccessListEntry[],
  before: Touched,
  excluded: ReadonlySet<Address>,
): Promise<{ next: Touched; gasUsed: bigint; failure: string | undefined }> {
  const next: Touched = new Map([...before].map(([address, slots]) => [address, new Set(slots)]));
  const observation = observe(machine, { onStep: (step) => touch(next, excluded, step) });
  const { gasUsed } = await simulate(machine, { ...input, request: { ...input.request, accessList } });
  observation.stop();
  return { next, gasUsed, failure: observation.failure() };
}

function touch(touched: Touched, excluded: ReadonlySet<Address>, { opcode, stack, address }: Step): void {
  if (stackFailure(opcode, stack.length) !== undefined) return;
  const top = stack[stack.length - 1]!;
  if (STORAGE_OPCODES.has(opcode)) add(touched, excluded, address, [wordToHash(top)]);
  else if (ACCOUNT_OPCODES.has(opcode)) add(touched, excluded, wordToAddress(top), []);
  else if (CALL_OPCODES.has(opcode)) add(touched, excluded, wordToAddress(stack[stack.length - 2]!), []);
}

function add(
  touched: Touched,
  excluded: ReadonlySet<Address>,
  address: Address,
  slots: readonly Hash[],
): void {
  if (slots.length === 0 && excluded.has(address)) return;
  const known = touched.get(address) ?? new Set();
  touched.set(address, known);
  for (const slot of slots) known.add(slot);
}

function excludedAddresses({ evm, state }: Machine, { request }: CallInput): Set<Address> {
  const { from, to } = request;
  const recipient = to ?? creationAddress(from, state.account(from)?.nonce ?? 0n);
  const precompiles = [...evm.precompiles.keys()].map((name): Address => `0x${name}`);
  return new Set([from, recipient, ...precompiles]);
}

function entriesOf(touched: Touched): AccessListEntry[] {
  return [...touched]
    .map(([address, slots]) => ({ address, storageKeys: [...slots].sort() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

function isEqual(a: Touched, b: Touched): boolean {
  if (a.size !== b.size) return false;
  return [...b].every(([address, slots]) => a.get(address)?.size === slots.size);
}
