import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import type { Hex } from "viem";
import { agoText, coinText, countText, inText, shortHex } from "../format/units.ts";

/** Copies a text; says that it did. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1_200);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      className="copy"
      aria-label={isCopied ? "copied" : `copy ${label}`}
      onClick={() => navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      <svg width="13" height="13" viewBox="0 0 16 16" aria-hidden="true">
        <path d={isCopied ? "m2 8 4 4 8-8" : "M5 5V1h10v10h-4M1 5h10v10H1Z"} />
      </svg>
    </button>
  );
}

export interface HexTextProps {
  readonly hex: Hex;
  readonly label: string;
  readonly isWhole?: boolean;
}

function HexText({ hex, label, isWhole = false }: HexTextProps) {
  return (
    <span className="hex" title={hex}>
      <code>{isWhole ? hex : shortHex(hex)}</code>
      <Copy text={hex} label={label} />
    </span>
  );
}

export function BlockLink({
  hash,
  isWhole = false,
  children,
}: {
  readonly hash: Hex;
  readonly isWhole?: boolean;
  readonly children?: ReactNode;
}) {
  return (
    <span className="hex">
      <Link to="/block/$id" params={{ id: hash }} title={hash}>
        {children ?? <code>{isWhole ? hash : shortHex(hash)}</code>}
      </Link>
      <Copy text={hash} label="block hash" />
    </span>
  );
}

/** A block of the selected chain by its number. */
export function NumberLink({ number }: { readonly number: number }) {
  return (
    <Link to="/block/$id" params={{ id: String(number) }} className="row-link">
      {countText(number)}
    </Link>
  );
}

export function TransactionLink({
  hash,
  isWhole = false,
}: {
  readonly hash: Hex;
  readonly isWhole?: boolean;
}) {
  return (
    <span className="hex">
      <Link to="/transaction/$hash" params={{ hash }} title={hash}>
        <code>{isWhole ? hash : shortHex(hash)}</code>
      </Link>
      <Copy text={hash} label="transaction hash" />
    </span>
  );
}

export function AddressLink({
  address,
  isWhole = false,
}: {
  readonly address: Hex | null;
  readonly isWhole?: boolean;
}) {
  if (address === null) return <span className="soft">new contract</span>;
  return (
    <span className="hex">
      <Link to="/address/$address" params={{ address }} title={address}>
        <code>{isWhole ? address : shortHex(address)}</code>
      </Link>
      <Copy text={address} label="address" />
    </span>
  );
}

export { HexText };

export function Coins({ wei }: { readonly wei: bigint }) {
  return (
    <span className="amount" title={`${wei} wei`}>
      {coinText(wei)}
    </span>
  );
}

const ticks = new Set<() => void>();
let nowMs = Date.now();
setInterval(() => {
  nowMs = Date.now();
  for (const tick of ticks) tick();
}, 1_000);

/** The time, anew each second. */
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
    <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toLocaleString()}>
      {agoText(ms, now)}
    </time>
  );
}

/** When something is or was, with the distance from now. */
export function When({ ms }: { readonly ms: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {new Date(ms).toLocaleString()}{" "}
      <span className="soft">({ms > now ? inText(now, ms) : agoText(ms, now)})</span>
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

/** Names and values, one under another. */
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
