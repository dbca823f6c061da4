/** Exports of core/index.ts. */
export interface CoreExports {
  configure(...sizesAndSeed: number[]): number;
  forgetState(): void;
  forgetAll(): void;
  keepState(): void;
  runTransaction(length: number, budgetHigh: number, budgetLow: number): number;
  runMessage(): number;
  undoMessage(): void;
  runAsBlock(): number;
  resume(): number;
  faultCode(): number;
  changedAccounts(): number;
  changedSlots(): number;
  inputAt(): number;
  inputSize(): number;
  returnDataAt(): number;
  returnDataSize(): number;
  accountCount(): number;
  slotCount(): number;
  returnDataLength(): number;
  codeWorkDone(): number;
  refundCounter(): number;
  seenAccounts(): number;
  seenSlots(): number;
  isBlockBound(): number;
  isFeeBound(): number;
  lastTransaction(): number;
  beginReplay(): void;
  replayAccount(address: number, nonceHigh: number, nonceLow: number, balance: number): void;
  replaySlot(address: number, key: number, value: number): void;
  endReplay(): void;
  clearLogs(): void;
  compressBlake2(out: number, input: number): void;
  creditBetween(address: number, amount: number): void;
  findAccount(word: number): number;
  findSlot(account: number, key: number): number;
}
