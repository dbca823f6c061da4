const segmenter = new Intl.Segmenter();

/** What is read as so many characters at most, none of them cut in two; that something is missing is shown by `…`. */
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
