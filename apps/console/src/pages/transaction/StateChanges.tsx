import { useState } from "react";
import type { Hex } from "viem";
import { coinsText, coinText, countText } from "../../format/units.ts";
import { useRpc } from "../../live/node.ts";
import { AddressLink, Card, Fact, Facts } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";

/** Smallest difference, in wei, that six decimals can show. */
const COIN_SHOWN = 10n ** 12n;

interface AccountJson {
  readonly balance?: Hex;
  readonly nonce?: number;
  readonly code?: Hex;
  readonly storage?: Readonly<Record<Hex, Hex>>;
}

interface DiffJson {
  readonly pre: Readonly<Record<Hex, AccountJson>>;
  readonly post: Readonly<Record<Hex, AccountJson>>;
}

export function StateChanges({ hash }: { readonly hash: Hex }) {
  const [isWanted, setWanted] = useState(false);
  const options = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
  const diff = useRpc<DiffJson>("debug_traceTransaction", [hash, options], isWanted);
  return (
    <Card title="State changes">
      {isWanted ? (
        <Answered query={diff} what="Executing the transaction again">
          {({ pre, post }) => {
            const accounts = [...new Set([...Object.keys(pre), ...Object.keys(post)])] as Hex[];
            if (accounts.length === 0) return <Empty title="No state changes" />;
            return accounts.map((account) => (
              <Account key={account} account={account} before={pre[account]} after={post[account]} />
            ));
          }}
        </Answered>
      ) : (
        <button type="button" onClick={() => setWanted(true)}>
          Show state changes
        </button>
      )}
    </Card>
  );
}

export function balanceChangeText(before: bigint, after: bigint): string {
  const size = after > before ? after - before : before - after;
  const change = size < COIN_SHOWN ? `${countText(size)} wei` : coinsText(size);
  return `${coinText(before)} → ${coinsText(after)} (${after < before ? "−" : "+"}${change})`;
}

function Account({
  account,
  before,
  after,
}: {
  readonly account: Hex;
  readonly before: AccountJson | undefined;
  readonly after: AccountJson | undefined;
}) {
  const slots = [
    ...new Set([...Object.keys(before?.storage ?? {}), ...Object.keys(after?.storage ?? {})]),
  ] as Hex[];
  const isGone = after === undefined && before !== undefined;
  return (
    <section className="change" aria-label={`Changes of ${account}`}>
      <h3>
        <AddressLink address={account} /> {isGone && <span className="bad">deleted</span>}
      </h3>
      <Facts>
        {after?.balance !== undefined && (
          <Fact name="Balance">
            {balanceChangeText(BigInt(before?.balance ?? "0x0"), BigInt(after.balance))}
          </Fact>
        )}
        {after?.nonce !== undefined && (
          <Fact name="Nonce">
            {before?.nonce ?? 0} → {after.nonce}
          </Fact>
        )}
        {after?.code !== undefined && <Fact name="Code">{(after.code.length - 2) / 2} bytes</Fact>}
        {slots.map((slot) => (
          <Fact key={slot} name={`Slot ${BigInt(slot) < 1_000n ? BigInt(slot) : `${slot.slice(0, 10)}…`}`}>
            <code>{before?.storage?.[slot] ?? "0"}</code> → <code>{after?.storage?.[slot] ?? "0"}</code>
          </Fact>
        ))}
      </Facts>
    </section>
  );
}
