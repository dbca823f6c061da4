import { cutText } from "../format/cutText.ts";
import { shortHex } from "../format/units.ts";

/** A route as far as it names what it shows. */
export interface Named {
  readonly staticData?: { readonly title?: string };
  readonly params: object;
}

const PARAMETER_CHARACTERS_MAX = 24;

/** What a page is about and about which one, as `Block 0x123456…abcdef`. */
export function pageName(match: Named | undefined): string {
  const title = match?.staticData?.title;
  if (match === undefined || title === undefined) return "No such page";
  return [title, ...Object.values(match.params).map((value) => shortened(String(value)))].join(" ");
}

function shortened(text: string): string {
  return text.startsWith("0x") ? shortHex(text) : cutText(text, PARAMETER_CHARACTERS_MAX);
}
