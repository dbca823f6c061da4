import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { timeText } from "../format/timeText.ts";
import {
  addressText,
  agoText,
  coinsText,
  coinText,
  countText,
  exactText,
  inText,
  shortHex,
} from "../format/units.ts";
import { hosts } from "../origin.ts";
import { copyText } from "./copyText.ts";

const COPY_SIGNS = {
  none: "M5 5V1h10v10h-4M1 5h10v10H1Z",
  copied: "m2 8 4 4 8-8",
  "could not be copied": "m3 3 10 10m0-10L3 13",
};

export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<keyof typeof COPY_SIGNS>("none");
  useEffect(() => {
    if (outcome === "none") return;
    const timer = setTimeout(() => setOutcome("none"), 1_200);
    return () => clearTimeout(timer);
  }, [outcome]);
  return (
    <button
      type="button"
      className="copy"
      aria-label={outcome === "none" ? `copy ${label}` : outcome}
      onClick={() =>
        void copyText(text).then((isCopied) => setOutcome(isCopied ? "copied" : "could not be copied"))
      }
    >
      <svg width="13" height="13" viewBox="0 0 16 16" aria-hidden="true">
        <path d={COPY_SIGNS[outcome]} />
      </svg>
    </button>
  );
}

interface HexTextProps {
  readonly hex: string;
  readonly label: string;
  readonly isWhole?: boolean;
}

export function HexText({ hex, label, isWhole = false }: HexTextProps) {
  const text = addressText(hex);
  return (
    <span className="hex" title={text}>
      <code>{isWhole ? text : shortHex(text)}</code>
      <Copy text={text} label={label} />
    </span>
  );
}

interface ChainLinkProps {
  readonly to: "/block/$id" | "/transaction/$hash" | "/address/$address" | "/message/$id";
  readonly hex: string;
  readonly label: string;
  readonly isWhole?: boolean;
  readonly children?: ReactNode;
}

function ChainLink({ to, hex, label, isWhole = false, children }: ChainLinkProps) {
  const text = addressText(hex);
  const shown = children ?? <code>{isWhole ? text : shortHex(text)}</code>;
  return (
    <span className="hex">
      {hosts("chain") ? (
        <Link to={to} params={{ id: hex, hash: hex, address: hex }} title={text}>
          {shown}
        </Link>
      ) : (
        <span title={text}>{shown}</span>
      )}
      <Copy text={text} label={label} />
    </span>
  );
}

interface HashLinkProps extends Pick<ChainLinkProps, "isWhole" | "children"> {
  readonly hash: string;
}

export function BlockLink({ hash, ...shown }: HashLinkProps) {
  return <ChainLink to="/block/$id" hex={hash} label="block hash" {...shown} />;
}

export function NumberLink({ number }: { readonly number: number }) {
  return (
    <Link to="/block/$id" params={{ id: String(number) }} className="row-link">
      {countText(number)}
    </Link>
  );
}

export function TransactionLink({ hash, ...shown }: Omit<HashLinkProps, "children">) {
  return <ChainLink to="/transaction/$hash" hex={hash} label="transaction hash" {...shown} />;
}

export function MessageLink({ id }: { readonly id: string }) {
  return <ChainLink to="/message/$id" hex={id} label="message ID" />;
}

export function AddressLink({
  address,
  isWhole = false,
}: {
  readonly address: string | null;
  readonly isWhole?: boolean;
}) {
  if (address === null) return <span className="soft">new contract</span>;
  return <ChainLink to="/address/$address" hex={address} label="address" isWhole={isWhole} />;
}

/** @param isBare the column's title contains the unit */
export function Coins({ wei, isBare = false }: { readonly wei: bigint; readonly isBare?: boolean }) {
  return (
    <span className="amount" title={`${wei} wei`}>
      {isBare ? coinText(wei) : coinsText(wei)}
      <Copy text={`${exactText(wei, 18)} coins`} label="amount" />
    </span>
  );
}

const ticks = new Set<() => void>();
let nowMs = Date.now();
setInterval(() => {
  nowMs = Date.now();
  for (const tick of ticks) tick();
}, 1_000);

export function useNow(): number {
  return useSyncExternalStore(onTick, now, now);
}

const now = (): number => nowMs;

function onTick(listener: () => void): () => void {
  ticks.add(listener);
  return () => ticks.delete(listener);
}

export function Ago({ ms }: { readonly ms: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(ms).toISOString()} title={timeText(ms)}>
      {agoText(ms, now)}
    </time>
  );
}

export function When({ ms }: { readonly ms: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {timeText(ms)} <span className="soft">({ms > now ? inText(now, ms) : agoText(ms, now)})</span>
    </time>
  );
}

export type Tone = "good" | "bad" | "warn" | "info" | "plain";

export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

export function Card({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Figure({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>
        {value}
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}

export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
