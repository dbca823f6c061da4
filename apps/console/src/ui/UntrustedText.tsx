import { cutText } from "../format/cutText.ts";

/** The index stores `…` instead of texts that exceed its size limit. */
export function isTooLong(text: string): boolean {
  return text === "…";
}

/** Clipped, because stacked combining marks would cover other lines. */
export function UntrustedText({
  text,
  charactersMax,
}: {
  readonly text: string;
  readonly charactersMax: number;
}) {
  if (isTooLong(text)) return <span className="soft">too long to show</span>;
  return (
    <span className="said" title={text}>
      {cutText(text, charactersMax)}
    </span>
  );
}
