/** RFC 4515, section 3. */
const SPECIAL = /[\0()*\\]/g;

export function escapeFilterValue(text: string): string {
  return text.replace(SPECIAL, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** One pass, so that placeholders inside values are not replaced. */
export function filledFilter(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? escapeFilterValue(values[name]!) : place,
  );
}
