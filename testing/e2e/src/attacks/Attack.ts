import { sleep } from "./Wallet.ts";

export interface AttackTarget {
  /** JSON-RPC of the node that is attacked. */
  readonly url: string;
  /** The first of ten development accounts that this attack has for itself. */
  readonly firstAccount: number;
  /** Where peers dial it; undefined where it has none. */
  readonly p2p: string | undefined;
}

export interface Attack {
  readonly title: string;
  /** Makes what the attack needs, outside of what is measured. What it returns attacks until its process ends. */
  prepare(target: AttackTarget): Promise<() => Promise<unknown>>;
}

const PAUSE_MS = 20;

/** So many clients, each doing the same again and again, whatever becomes of it. */
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
