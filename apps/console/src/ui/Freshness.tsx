import { agoText } from "../format/units.ts";
import { useNow } from "./primitives.tsx";

interface FreshnessProps {
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
  const said = isQuiet ? "no news" : { live: "live", connecting: "connecting", lost: "stale" }[state];
  const age = isQuiet ? `, asked ${ago}` : state === "lost" ? `, ${ago}` : "";
  return (
    <span className={`freshness freshness-${isQuiet ? "connecting" : state}`}>
      <span aria-hidden="true">●</span>{" "}
      <span role={role}>
        {of !== undefined && `${of} `}
        {said}
      </span>
      {/* Which is said again each second, and therefore not aloud. */}
      {age}
    </span>
  );
}

/** Across the page. @param who as in `The node` */
export function GoneBanner({ who, heardAtMs }: { readonly who: string; readonly heardAtMs: number }) {
  const ago = agoText(heardAtMs, useNow());
  return (
    <p className="banner">
      <span role="alert">{who} does not answer.</span> What you see is from {ago}; it is asked again by
      itself.
    </p>
  );
}
