import { agoText } from "../format/units.ts";
import { useNow } from "./primitives.tsx";

export interface FreshnessProps {
  /** Whose, where a page shows what is of several services. */
  readonly of?: string;
  readonly state: "connecting" | "live" | "lost";
  /** ms since the Unix epoch */
  readonly heardAtMs: number;
  /** It answers, but what happens there is not told by itself. */
  readonly isAskedAlone?: boolean;
  readonly role?: "status";
}

/** Live, or since when nothing was heard: numbers on the page are as old as this says. */
export function Freshness({ of, state, heardAtMs, isAskedAlone = false, role }: FreshnessProps) {
  const ago = agoText(heardAtMs, useNow());
  const isQuiet = isAskedAlone && state === "live";
  const said = isQuiet
    ? `no news, asked ${ago}`
    : { live: "live", connecting: "connecting", lost: `stale, ${ago}` }[state];
  return (
    <span className={`freshness freshness-${isQuiet ? "connecting" : state}`} role={role}>
      <span aria-hidden="true">●</span> {of === undefined ? said : `${of} ${said}`}
    </span>
  );
}

/** Across the page. @param who as in `The node` */
export function GoneBanner({ who, heardAtMs }: { readonly who: string; readonly heardAtMs: number }) {
  const ago = agoText(heardAtMs, useNow());
  return (
    <p className="banner" role="alert">
      {who} does not answer. What you see is from {ago}; it is asked again by itself.
    </p>
  );
}
