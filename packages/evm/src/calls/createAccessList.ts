import type { AccessListEntry, AccessListResult, Address, CallInput, Hash } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { creationAddress } from "../tracing/creationAddress.ts";
import { listen } from "../tracing/listen.ts";
import { stackFailure } from "../tracing/opcodes.ts";
import { type Step, wordToAddress, wordToHash } from "../tracing/TraceHooks.ts";
import { recoveredAuthorizations } from "./recoveredAuthorizations.ts";
import { prepareCall, runAndUndo } from "./runCall.ts";

const STORAGE_OPCODES = new Set([0x54, 0x55]);
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT */
const ACCOUNT_OPCODES = new Set([0x31, 0x3b, 0x3c, 0x3f, 0xff]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
/** The list changes the remaining gas, which code can read. Most calls need two rounds. */
const ROUNDS_MAX = 16;

/** EIP-2681. */
const NONCE_MAX = 2n ** 64n - 1n;

type Touched = Map<Address, Set<Hash>>;

/**
 * Like geth's eth_createAccessList. For warm addresses (sender, recipient, authorities, precompiles), only
 * slots are listed.
 */
export function createAccessList(engine: Engine, input: CallInput): AccessListResult {
  prepareCall(engine, input);
  const excluded = warmAddresses(engine, input);
  const touched: Touched = new Map();
  for (const { address, storageKeys } of input.request.accessList)
    add(touched, excluded, address, storageKeys);
  for (let round = 1; ; round++) {
    const accessList = entriesOf(touched);
    const before = countOf(touched);
    const hooks = { onStep: (step: Step) => touch(touched, excluded, step) };
    const { result: gasUsed, failure } = listen(engine, hooks, () =>
      runAndUndo(engine, { ...input.request, accessList }, ({ memory }) => readGasUsed(memory)),
    );
    if (countOf(touched) === before || round === ROUNDS_MAX) {
      return { accessList, gasUsed, ...(failure === undefined ? {} : { failure }) };
    }
  }
}

function touch(touched: Touched, excluded: ReadonlySet<Address>, step: Step): void {
  const { opcode, address, stackHeight } = step;
  const isSlot = STORAGE_OPCODES.has(opcode);
  const isCall = CALL_OPCODES.has(opcode);
  if (!isSlot && !isCall && !ACCOUNT_OPCODES.has(opcode)) return;
  if (stackFailure(opcode, stackHeight) !== undefined) return;
  if (isSlot) add(touched, excluded, address, [wordToHash(step.stackItem(0))]);
  else add(touched, excluded, wordToAddress(step.stackItem(isCall ? 1 : 0)), []);
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

function warmAddresses(engine: Engine, input: CallInput): Set<Address> {
  const { request, context } = input;
  const { from, to } = request;
  const recipient = to ?? creationAddress(from, engine.account(from).nonce);
  // EIP-7702: authorizations of other chains do not warm up their authority.
  const authorities = recoveredAuthorizations(input)
    .filter(({ chainId, nonce }) => (chainId === 0n || chainId === context.chainId) && nonce < NONCE_MAX)
    .flatMap(({ authority = [] }) => authority);
  return new Set([from, recipient, ...authorities, ...engine.precompileAddresses()]);
}

function entriesOf(touched: Touched): AccessListEntry[] {
  return [...touched]
    .map(([address, slots]) => ({ address, storageKeys: [...slots].sort() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Accesses are only added, so equal counts mean equal lists. */
function countOf(touched: Touched): number {
  return [...touched.values()].reduce((sum, slots) => sum + 1 + slots.size, 0);
}
