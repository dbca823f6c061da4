import { cutText } from "../format/cutText.ts";

/** Whether the node's index has nothing of a text since it is too long to be read at all. */
export function isTooLong(text: string): boolean {
  return text === "…";
}

/**
 * What a token says of itself, as one line: cut, with what is known of it as its title. It is clipped to its own line,
 * since marks that are piled up on a letter would be drawn over what is above and below.
 */
export function Said({ text, charactersMax }: { readonly text: string; readonly charactersMax: number }) {
  if (isTooLong(text)) return <span className="soft">too long to show</span>;
  return (
    <span className="said" title={text}>
      {cutText(text, charactersMax)}
    </span>
  );
}
