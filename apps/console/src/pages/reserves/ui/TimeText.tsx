import { timeText } from "../../../format/timeText.ts";

/** A moment, to the second, in the reader's own zone. */
export function TimeText({ ms }: { readonly ms: number }) {
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {timeText(ms)}
    </time>
  );
}
