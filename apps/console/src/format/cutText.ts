const segmenter = new Intl.Segmenter();

/** Counts graphemes, including the final `…`. */
export function cutText(text: string, charactersMax: number): string {
  let shown = "";
  let count = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    if (count === charactersMax - 1 && index + segment.length < text.length) return `${shown}…`;
    shown += segment;
    count++;
  }
  return shown;
}
