import { accountFlags, transactionNumber } from "./accounts";
import { FAULT_SLOTS, raiseFault } from "./fault";
import { hostLoadSlot } from "./host";
import { recordSlot, recordSlotWarm } from "./journal";
import { SLOT_INDEX, SLOT_SIZE, SLOTS, SLOTS_END } from "./layout";
import {
  A_SLOTS,
  ACCOUNT_CLEARED,
  S_ACCOUNT,
  S_CHANGED,
  S_FIRST,
  S_KEY,
  S_NEXT,
  S_NEXT_CHANGED,
  S_NEXT_SEEN,
  S_ORIGINAL,
  S_SEEN,
  S_TRANSACTION,
  S_VALUE,
  S_WARM,
} from "./records";
import { hashLimbs } from "./tableHash";
import { copyWord, equal, isZero, setSmall } from "./words";

export let firstChangedSlot: usize = 0;
export let firstSeenSlot: usize = 0;
export let refund: i64 = 0;

let end: usize = 0;
let mask: u32 = 0;

const FIRST_MASK: u32 = 4095;

/** EIP-2929 and EIP-3529. */
const COLD_SLOAD: i64 = 2100;
const WARM_READ: i64 = 100;
const SET_GAS: i64 = 20000;
const RESET_GAS: i64 = 5000 - COLD_SLOAD;
const CLEAR_REFUND: i64 = 4800;

export function clearSlots(): void {
  const used = mask == 0 ? FIRST_MASK : mask;
  memory.fill(SLOT_INDEX, 0, (<usize>used + 1) << 2);
  mask = FIRST_MASK;
  end = SLOTS;
  firstChangedSlot = 0;
}

export function slotCount(): u32 {
  return <u32>((end - SLOTS) / SLOT_SIZE);
}

export function setRefund(value: i64): void {
  refund = value;
}

export function beginTransactionSlots(): void {
  refund = 0;
  firstSeenSlot = 0;
}

export function setFirstChangedSlot(slot: usize): void {
  firstChangedSlot = slot;
}

@inline
function slotHash(account: usize, key: usize): u32 {
  return hashLimbs(load<u64>(key) ^ (<u64>account << 32), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24));
}

export function findSlot(account: usize, key: usize): usize {
  const slot = lookUpSlot(account, key);
  if (load<u32>(slot, S_SEEN) != transactionNumber) {
    store<u32>(slot, transactionNumber, S_SEEN);
    store<u32>(slot, <u32>firstSeenSlot, S_NEXT_SEEN);
    firstSeenSlot = slot;
  }
  return slot;
}

/** Does not mark the slot as seen. */
function lookUpSlot(account: usize, key: usize): usize {
  let i = slotHash(account, key) & mask;
  while (true) {
    const slot: usize = load<u32>(SLOT_INDEX + ((<usize>i) << 2));
    if (slot == 0) return addSlot(i, account, key);
    if (equal(slot, key) && load<u32>(slot, S_ACCOUNT) == <u32>account) return slot;
    i = (i + 1) & mask;
  }
}

function addSlot(position: u32, account: usize, key: usize): usize {
  const slot = end;
  const isFull = slot + 2 * SLOT_SIZE > SLOTS_END;
  if (isFull) raiseFault(FAULT_SLOTS);
  else {
    end = slot + SLOT_SIZE;
    store<u32>(SLOT_INDEX + ((<usize>position) << 2), <u32>slot);
    store<u32>(slot, load<u32>(account, A_SLOTS), S_NEXT);
    store<u32>(account, <u32>slot, A_SLOTS);
  }
  copyWord(slot + S_KEY, key);
  if (accountFlags(account) & ACCOUNT_CLEARED) setSmall(slot + S_VALUE, 0);
  else hostLoadSlot(account, slot);
  copyWord(slot + S_FIRST, slot + S_VALUE);
  store<u32>(slot, <u32>account, S_ACCOUNT);
  store<u32>(slot, 0, S_TRANSACTION);
  store<u32>(slot, 0, S_WARM);
  store<u32>(slot, 0, S_SEEN);
  // In a full table, this is a scratch record: keep it off the changed list.
  store<u32>(slot, u32(isFull), S_CHANGED);
  if (((end - SLOTS) / SLOT_SIZE) * 2 > <usize>mask) growIndex();
  return slot;
}

function growIndex(): void {
  mask = mask * 2 + 1;
  memory.fill(SLOT_INDEX, 0, (<usize>mask + 1) << 2);
  for (let slot = SLOTS; slot < end; slot += SLOT_SIZE) {
    let i = slotHash(load<u32>(slot, S_ACCOUNT), slot) & mask;
    while (load<u32>(SLOT_INDEX + ((<usize>i) << 2))) i = (i + 1) & mask;
    store<u32>(SLOT_INDEX + ((<usize>i) << 2), <u32>slot);
  }
}

export function warmSlot(slot: usize): bool {
  if (load<u32>(slot, S_WARM) == transactionNumber) return false;
  recordSlotWarm(slot);
  store<u32>(slot, transactionNumber, S_WARM);
  return true;
}

/** Replaces the key at `word` with the value. Returns the gas above a warm read. */
export function loadSlot(account: usize, word: usize): i64 {
  const slot = findSlot(account, word);
  copyWord(word, slot + S_VALUE);
  if (load<u32>(slot, S_WARM) == transactionNumber) return 0;
  warmSlot(slot);
  return COLD_SLOAD - WARM_READ;
}

/** Returns the gas. The caller checks the 2,300 gas sentry. */
export function storeSlot(account: usize, key: usize, value: usize): i64 {
  const slot = findSlot(account, key);
  let gas: i64 = warmSlot(slot) ? COLD_SLOAD : 0;
  const current = slot + S_VALUE;
  const original = slot + S_ORIGINAL;
  if (load<u32>(slot, S_TRANSACTION) != transactionNumber) {
    store<u32>(slot, transactionNumber, S_TRANSACTION);
    copyWord(original, current);
  }
  if (equal(value, current)) return gas + WARM_READ;
  if (equal(current, original)) {
    if (isZero(original)) gas += SET_GAS;
    else {
      gas += RESET_GAS;
      if (isZero(value)) refund += CLEAR_REFUND;
    }
  } else {
    gas += WARM_READ;
    if (!isZero(original)) {
      if (isZero(current)) refund -= CLEAR_REFUND;
      else if (isZero(value)) refund += CLEAR_REFUND;
    }
    if (equal(value, original)) refund += isZero(original) ? SET_GAS - WARM_READ : RESET_GAS - WARM_READ;
  }
  recordSlot(slot);
  copyWord(current, value);
  listChanged(slot);
  return gas;
}

/** Call only between transactions. */
export function putSlot(slot: usize, value: usize): void {
  copyWord(slot + S_VALUE, value);
  listChanged(slot);
}

function listChanged(slot: usize): void {
  if (load<u32>(slot, S_CHANGED)) return;
  store<u32>(slot, 1, S_CHANGED);
  store<u32>(slot, <u32>firstChangedSlot, S_NEXT_CHANGED);
  firstChangedSlot = slot;
}

/** Slots not read yet are then zero. */
export function clearStorage(account: usize): void {
  for (let slot: usize = load<u32>(account, A_SLOTS); slot; slot = load<u32>(slot, S_NEXT)) {
    if (isZero(slot + S_VALUE)) continue;
    setSmall(slot + S_VALUE, 0);
    listChanged(slot);
  }
}
