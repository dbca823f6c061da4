import { agoText } from "../format/units.ts";
import { useNow } from "./primitives.tsx";

interface FreshnessProps {
  readonly of?: string;
  readonly state: "connecting" | "live" | "lost";
  readonly heardAtMs: number;
  readonly isAskedAlone?: boolean;
  readonly role?: "status";
}

export function Freshness({ of, state, heardAtMs, isAskedAlone = false, role }: FreshnessProps) {
  const ago = agoText(heardAtMs, useNow());
  const isQuiet = isAskedAlone && state === "live";
  const said = isQuiet ? "polling" : { live: "live", connecting: "connecting", lost: "stale" }[state];
  const age = isQuiet ? `, updated ${ago}` : state === "lost" ? `, ${ago}` : "";
  return (
    <span className={`freshness freshness-${isQuiet ? "connecting" : state}`}>
      <span aria-hidden="true">●</span>{" "}
      <span role={role}>
        {of !== undefined && `${of} `}
        {said}
      </span>
      {/* The age is outside the live region, because it changes every second. */}
      {age}
    </span>
  );
}

export function GoneBanner({ who, heardAtMs }: { readonly who: string; readonly heardAtMs: number }) {
  const ago = agoText(heardAtMs, useNow());
  return (
    <p className="banner">
      <span role="alert">{who} does not respond.</span> The data shown is from {ago}. The console retries
      automatically.
    </p>
  );
}
