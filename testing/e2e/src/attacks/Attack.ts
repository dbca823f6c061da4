import { sleep } from "./Wallet.ts";

export interface AttackTarget {
  readonly url: string;
  readonly firstAccount: number;
  readonly p2p: string | undefined;
}

export interface Attack {
  readonly title: string;
  /** The returned function attacks until its process exits. */
  prepare(target: AttackTarget): Promise<() => Promise<unknown>>;
}

const PAUSE_MS = 20;

export function clients(
  count: number,
  act: (client: number, turn: number) => Promise<unknown>,
): Promise<unknown> {
  const one = async (client: number): Promise<never> => {
    for (let turn = 0; ; turn++) {
      await act(client, turn).catch(() => sleep(PAUSE_MS));
    }
  };
  return Promise.all(Array.from({ length: count }, (_, client) => one(client)));
}
