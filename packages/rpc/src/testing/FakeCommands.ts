import type { AccountOverride, Address, DumpedAccount, Hash } from "@trellis/protocol";
import type { DevCommands, SeriesRequest } from "../ports.ts";

export const DUMPED_ACCOUNT: Address = `0x${"ab".repeat(20)}`;
export const SYSTEM_CONTRACT: Address = `0x${"50".repeat(20)}`;

/** Records what the methods command. */
export class FakeCommands implements DevCommands {
  readonly instanceId: Hash = `0x${"01".repeat(32)}`;
  readonly systemContracts = new Set([SYSTEM_CONTRACT]);
  readonly done: unknown[] = [];
  readonly readAheadOf: Address[] = [];
  allowsEqualTimes = false;
  isAutomine = true;
  intervalMs = 0;
  miner = undefined;
  isFull = false;

  nowMs(): number {
    return 1_735_700_000_000;
  }

  nextTimestamp(): number {
    return 1_735_700_099;
  }

  setAutomine(isOn: boolean): void {
    this.done.push({ isOn });
  }

  setIntervalMs(intervalMs: number): void {
    this.done.push({ intervalMs });
  }

  advance(addedMs: number): number {
    this.done.push({ addedMs });
    return addedMs + 5_999;
  }

  set(settings: object): void {
    this.done.push(settings);
  }

  async mine({ isOver, ...request }: SeriesRequest): Promise<void> {
    if (!isOver()) this.done.push(request);
  }

  async readAhead(accounts: ReadonlyMap<Address, AccountOverride>): Promise<void> {
    this.readAheadOf.push(...accounts.keys());
  }

  async override(accounts: ReadonlyMap<Address, AccountOverride>, isOver: () => boolean): Promise<void> {
    if (!isOver()) this.done.push(...accounts);
  }

  accounts(): readonly DumpedAccount[] {
    const storage = new Map([[`0x${"2".padStart(64, "0")}` as Hash, 3n]]);
    const account = { nonce: 1n, balance: 5n, code: Uint8Array.of(0x60), storage };
    return [
      { address: DUMPED_ACCOUNT, ...account },
      { address: SYSTEM_CONTRACT, ...account },
    ];
  }

  async snapshot(): Promise<number | undefined> {
    this.done.push("snapshot");
    return 17;
  }

  async revert(id: number): Promise<boolean> {
    this.done.push({ id });
    return id === 17;
  }

  async reset(): Promise<boolean> {
    this.done.push("reset");
    return !this.isFull;
  }

  drop(transactions: readonly string[]): number {
    this.done.push(transactions);
    return transactions.length;
  }
}
