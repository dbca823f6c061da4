import { JOURNAL, JOURNAL_END, JOURNAL_ENTRY_SIZE } from "./layout";
import { FAULT_JOURNAL, raiseFault } from "./fault";
import { copyWord } from "./words";
import {
  A_BALANCE,
  A_CODE_EPOCH,
  A_CODE_HASH,
  A_FLAGS,
  A_NONCE,
  A_WARM,
  ACCOUNT_REVERTIBLE,
  S_VALUE,
  S_WARM,
  T_VALUE,
} from "./records";

// An entry is: kind u32, record u32, old value of up to 32 bytes.

const BALANCE: u32 = 1;
const NONCE: u32 = 2;
const CODE_HASH: u32 = 3;
const FLAGS: u32 = 4;
const ACCOUNT_WARM: u32 = 5;
const SLOT: u32 = 6;
const SLOT_WARM: u32 = 7;
const TRANSIENT_VALUE: u32 = 8;

export let journalTop: usize = 0;

export function resetJournal(): void {
  journalTop = JOURNAL;
}

@inline
function push(kind: u32, record: usize): usize {
  const entry = journalTop;
  store<u32>(entry, kind);
  store<u32>(entry, <u32>record, 4);
  if (entry + 2 * JOURNAL_ENTRY_SIZE > JOURNAL_END) raiseFault(FAULT_JOURNAL);
  else journalTop = entry + JOURNAL_ENTRY_SIZE;
  return entry + 8;
}

export function recordBalance(account: usize): void {
  copyWord(push(BALANCE, account), account + A_BALANCE);
}

export function recordNonce(account: usize): void {
  store<u64>(push(NONCE, account), load<u64>(account, A_NONCE));
}

export function recordCodeHash(account: usize): void {
  copyWord(push(CODE_HASH, account), account + A_CODE_HASH);
}

export function recordFlags(account: usize): void {
  store<u32>(push(FLAGS, account), load<u32>(account, A_FLAGS));
}

export function recordAccountWarm(account: usize): void {
  push(ACCOUNT_WARM, account);
}

export function recordSlot(slot: usize): void {
  copyWord(push(SLOT, slot), slot + S_VALUE);
}

export function recordSlotWarm(slot: usize): void {
  push(SLOT_WARM, slot);
}

export function recordTransient(slot: usize): void {
  copyWord(push(TRANSIENT_VALUE, slot), slot + T_VALUE);
}

export function revertJournal(to: usize): void {
  while (journalTop > to) {
    journalTop -= JOURNAL_ENTRY_SIZE;
    const record: usize = load<u32>(journalTop, 4);
    const old = journalTop + 8;
    switch (load<u32>(journalTop)) {
      case BALANCE:
        copyWord(record + A_BALANCE, old);
        break;
      case NONCE:
        store<u64>(record, load<u64>(old), A_NONCE);
        break;
      case CODE_HASH:
        copyWord(record + A_CODE_HASH, old);
        store<u32>(record, 0, A_CODE_EPOCH);
        break;
      case FLAGS:
        store<u32>(
          record,
          (load<u32>(record, A_FLAGS) & ~ACCOUNT_REVERTIBLE) | (load<u32>(old) & ACCOUNT_REVERTIBLE),
          A_FLAGS,
        );
        break;
      case ACCOUNT_WARM:
        store<u32>(record, 0, A_WARM);
        break;
      case SLOT:
        copyWord(record + S_VALUE, old);
        break;
      case SLOT_WARM:
        store<u32>(record, 0, S_WARM);
        break;
      case TRANSIENT_VALUE:
        copyWord(record + T_VALUE, old);
        break;
    }
  }
}
