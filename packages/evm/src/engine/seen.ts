import { type Account, type Address, EMPTY_CODE_HASH, type Hash } from "@trellis/protocol";
import type { Engine } from "./Engine.ts";
import { MAP } from "./memoryMap.ts";

interface SeenAccount {
  readonly address: Address;
  readonly before: Account;
  readonly after: Pick<Account, "nonce" | "balance">;
}

interface SeenSlot {
  readonly address: Address;
  readonly slot: Hash;
  readonly before: bigint;
  readonly after: bigint;
}

export interface Seen {
  readonly isFeeBound: boolean;
  readonly accounts: readonly SeenAccount[];
  readonly slots: readonly SeenSlot[];
}

/** @returns undefined if the outcome depends on the block, or if more than `countMax` values were accessed */
export function readSeen({ core, memory }: Engine, countMax: number): Seen | undefined {
  if (core.isBlockBound() !== 0) return undefined;
  const accounts: SeenAccount[] = [];
  const slots: SeenSlot[] = [];
  for (let at = core.seenAccounts(); at !== 0; at = memory.u32(at + MAP.A_NEXT_SEEN)) {
    if (accounts.length === countMax) return undefined;
    accounts.push({
      address: memory.addressHex(at),
      before: {
        nonce: memory.u64(at + MAP.A_SEEN_NONCE),
        balance: memory.word(at + MAP.A_SEEN_BALANCE),
        codeHash: memory.hashHex(at + MAP.A_CODE_HASH),
      },
      after: { nonce: memory.u64(at + MAP.A_NONCE), balance: memory.word(at + MAP.A_BALANCE) },
    });
  }
  const number = core.lastTransaction();
  for (let at = core.seenSlots(); at !== 0; at = memory.u32(at + MAP.S_NEXT_SEEN)) {
    if (slots.length === countMax) return undefined;
    const isWritten = memory.u32(at + MAP.S_TRANSACTION) === number;
    slots.push({
      address: memory.addressHex(memory.u32(at + MAP.S_ACCOUNT)),
      slot: memory.wordHex(at),
      before: memory.word(at + (isWritten ? MAP.S_ORIGINAL : MAP.S_VALUE)),
      after: memory.word(at + MAP.S_VALUE),
    });
  }
  return { isFeeBound: core.isFeeBound() !== 0, accounts, slots };
}

/** If true, `applySeen` may follow. */
export function isAsSeen(engine: Engine, { accounts, slots }: Seen): boolean {
  engine.core.beginReplay();
  return (
    accounts.every(({ address, before }) => {
      const { nonce, balance, codeHash } = engine.account(address);
      if (nonce !== before.nonce || balance !== before.balance || codeHash !== before.codeHash) return false;
      // A touch would delete an existing empty account (EIP-161).
      return nonce !== 0n || balance !== 0n || codeHash !== EMPTY_CODE_HASH || !engine.exists(address);
    }) &&
    slots.every(({ address, slot, before }) => engine.slot(address, slot) === before) &&
    // The transaction must run to report a full table.
    engine.core.faultCode() === 0
  );
}

/** Does not pay the tip. @param surcharge wei in excess of the recorded run */
export function applySeen(
  { core, memory }: Engine,
  { accounts, slots }: Seen,
  logsBloom: Uint8Array,
  { sender, surcharge }: { readonly sender: Address; readonly surcharge: bigint },
): void {
  const [first, second, third] = [MAP.HOST_WORDS, MAP.HOST_WORDS + 32, MAP.HOST_SLOT];
  for (const { address, before, after } of accounts) {
    if (after.nonce === before.nonce && after.balance === before.balance) continue;
    memory.setAddress(first, address);
    memory.setWord(second, address === sender ? after.balance - surcharge : after.balance);
    core.replayAccount(first, Number(after.nonce >> 32n), Number(after.nonce & 0xffff_ffffn), second);
  }
  for (const { address, slot, before, after } of slots) {
    if (after === before) continue;
    memory.setAddress(first, address);
    memory.setHash(second, slot);
    memory.setWord(third, after);
    core.replaySlot(first, second, third);
  }
  core.endReplay();
  for (const [index, byte] of logsBloom.entries()) memory.bytes[MAP.BLOCK_BLOOM + index]! |= byte;
}
