import { timeText } from "../../../format/timeText.ts";

export function TimeText({ ms }: { readonly ms: number }) {
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {timeText(ms)}
    </time>
  );
}
