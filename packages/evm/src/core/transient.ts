import { FAULT_TRANSIENT, raiseFault } from "./fault";
import { recordTransient } from "./journal";
import { TRANSIENT, TRANSIENT_END, TRANSIENT_INDEX, TRANSIENT_SIZE } from "./layout";
import { T_ACCOUNT, T_KEY, T_VALUE } from "./records";
import { hashLimbs } from "./tableHash";
import { copyWord, equal, setSmall } from "./words";

// EIP-1153. Cleared before a transaction if the previous transaction used it.

let end: usize = 0;
let mask: u32 = 0;

const FIRST_MASK: u32 = 255;

export function clearTransient(): void {
  if (mask != 0 && end == TRANSIENT) return;
  const used = mask == 0 ? FIRST_MASK : mask;
  memory.fill(TRANSIENT_INDEX, 0, (<usize>used + 1) << 2);
  mask = FIRST_MASK;
  end = TRANSIENT;
}

@inline
function transientHash(account: usize, key: usize): u32 {
  return hashLimbs(load<u64>(key) ^ (<u64>account << 32), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24));
}

function locate(account: usize, key: usize): usize {
  let i = transientHash(account, key) & mask;
  while (true) {
    const place = TRANSIENT_INDEX + ((<usize>i) << 2);
    const slot: usize = load<u32>(place);
    if (slot == 0 || (equal(slot, key) && load<u32>(slot, T_ACCOUNT) == <u32>account)) return place;
    i = (i + 1) & mask;
  }
}

export function loadTransient(account: usize, word: usize): void {
  const slot: usize = load<u32>(locate(account, word));
  if (slot) copyWord(word, slot + T_VALUE);
  else setSmall(word, 0);
}

export function storeTransient(account: usize, key: usize, value: usize): void {
  const place = locate(account, key);
  let slot: usize = load<u32>(place);
  if (slot == 0) {
    slot = end;
    copyWord(slot + T_KEY, key);
    setSmall(slot + T_VALUE, 0);
    store<u32>(slot, <u32>account, T_ACCOUNT);
    if (slot + 2 * TRANSIENT_SIZE > TRANSIENT_END) raiseFault(FAULT_TRANSIENT);
    else {
      end = slot + TRANSIENT_SIZE;
      store<u32>(place, <u32>slot);
      if (((end - TRANSIENT) / TRANSIENT_SIZE) * 2 > <usize>mask) growIndex();
    }
  }
  recordTransient(slot);
  copyWord(slot + T_VALUE, value);
}

function growIndex(): void {
  mask = mask * 2 + 1;
  memory.fill(TRANSIENT_INDEX, 0, (<usize>mask + 1) << 2);
  for (let slot = TRANSIENT; slot < end; slot += TRANSIENT_SIZE) {
    store<u32>(locate(load<u32>(slot, T_ACCOUNT), slot), <u32>slot);
  }
}
