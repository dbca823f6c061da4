import { cutText } from "../format/cutText.ts";
import { shortHex } from "../format/units.ts";

interface Named {
  readonly staticData?: { readonly title?: string };
  readonly params: object;
}

const PARAMETER_CHARACTERS_MAX = 24;

export function pageName(match: Named | undefined): string {
  const title = match?.staticData?.title;
  if (match === undefined || title === undefined) return "Page not found";
  return [title, ...Object.values(match.params).map((value) => shortened(String(value)))].join(" ");
}

function shortened(text: string): string {
  return text.startsWith("0x") ? shortHex(text) : cutText(text, PARAMETER_CHARACTERS_MAX);
}
