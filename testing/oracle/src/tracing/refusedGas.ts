import type { InterpreterStep } from "@ethereumjs/evm";
import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Machine } from "../machine/Machine.ts";
import { wordToAddress, wordToHash } from "./hooks.ts";
import { extensionGas } from "./staticGas.ts";

const SSTORE = 0x55;
const CALL = 0xf1;
const SELFDESTRUCT = 0xff;
const COLD_SLOT_GAS = 2_100n;
export const COLD_ACCOUNT_GAS = 2_600n;
const WARM_GAS = 100n;
const SET_GAS = 20_000n;
const RESET_GAS = 2_900n;
const VALUE_GAS = 9_000n;
const NEW_ACCOUNT_GAS = 25_000n;
const SELFDESTRUCT_GAS = 5_000n;

type World = Pick<Machine, "evm" | "state">;

/**
 * State-dependent cost of SSTORE, CALL with value and SELFDESTRUCT in a static frame, which ethereumjs does
 * not report (EIP-2200, EIP-2929, EIP-161).
 */
export function refusedGas(world: World, event: InterpreterStep): bigint | undefined {
  const { stack } = event;
  const item = (index: number): bigint => stack[stack.length - 1 - index] ?? 0n;
  switch (event.opcode.code) {
    case SSTORE:
      return storeGas(world, event, item(0), item(1));
    case CALL:
      return item(2) === 0n ? undefined : callGas(world, event, item);
    case SELFDESTRUCT:
      return selfdestructGas(world, event, item(0));
    default:
      return undefined;
  }
}

function storeGas({ evm, state }: World, { address }: InterpreterStep, key: bigint, value: bigint): bigint {
  const slot = wordToHash(key);
  const name = bytesToHex(address.bytes);
  const access = evm.journal.isWarmedStorage(address.bytes, hexToBytes(slot)) ? 0n : COLD_SLOT_GAS;
  const current = state.slot(name, slot);
  const original = state.originalSlot(name, slot);
  if (value === current || current !== original) return access + WARM_GAS;
  return access + (original === 0n ? SET_GAS : RESET_GAS);
}

/** Cold access is charged first. */
function callGas(world: World, event: InterpreterStep, item: (index: number) => bigint): bigint {
  const { memory, gasLeft } = event;
  if (gasLeft < COLD_ACCOUNT_GAS && !isWarm(world, item(1))) return COLD_ACCOUNT_GAS;
  const input = extensionGas(memory, item(3), item(4));
  const output = extensionGas(memory, item(5), item(6));
  const access = isWarm(world, item(1)) ? WARM_GAS : COLD_ACCOUNT_GAS;
  const gas = access + VALUE_GAS + newAccountGas(world, item(1));
  if (input > output) return gas + input;
  return gas + output;
}

function selfdestructGas(world: World, { address }: InterpreterStep, heir: bigint): bigint {
  const balance = world.state.account(bytesToHex(address.bytes))?.balance ?? 0n;
  const access = isWarm(world, heir) ? 0n : COLD_ACCOUNT_GAS;
  return SELFDESTRUCT_GAS + access + (balance > 0n ? newAccountGas(world, heir) : 0n);
}

function isWarm({ evm }: World, word: bigint): boolean {
  return evm.journal.isWarmedAddress(hexToBytes(wordToAddress(word)));
}

function newAccountGas({ state }: World, word: bigint): bigint {
  return state.account(wordToAddress(word))?.isEmpty() === false ? 0n : NEW_ACCOUNT_GAS;
}
