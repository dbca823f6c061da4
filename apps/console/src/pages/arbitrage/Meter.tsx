import type { ReactNode } from "react";

const WARN_SHARE = 0.7;
const BAD_SHARE = 0.9;

/** @param share of the limit; 1 means reached */
export function Meter({
  name,
  share,
  children,
}: {
  readonly name: string;
  readonly share: number;
  readonly children: ReactNode;
}) {
  const percent = Math.min(100, Math.max(0, share * 100));
  const tone = share >= BAD_SHARE ? "bad" : share >= WARN_SHARE ? "warn" : "good";
  const word =
    share >= 1
      ? "limit reached"
      : share >= BAD_SHARE
        ? "near the limit"
        : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
  return (
    <div className={`limit limit-${tone}`}>
      <span className="limit-name">
        <b>{name}</b> <span className="limit-word">{word}</span>
      </span>
      <meter className="visually-hidden" aria-label={name} min={0} max={100} value={Math.round(percent)}>
        {word}
      </meter>
      <span className="limit-bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <small className="soft">{children}</small>
    </div>
  );
}
