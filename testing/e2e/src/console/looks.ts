import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, HEIGHT, type Look, screenshot } from "./openPage.ts";

const LOOKS: readonly Look[] = [
  { theme: "light", width: 1440 },
  { theme: "light", width: 375 },
  { theme: "dark", width: 375 },
  { theme: "dark", width: 1440 },
];

export const DARK_WIDE: Look = LOOKS[3]!;

/** Two looks suffice for axe: colours depend on the theme, content on the width. */
const hasAxe = ({ theme, width }: Look): boolean => (theme === "dark") === (width === 1440);

export async function inspect(page: Page, name: string, look: Look): Promise<void> {
  await page.evaluate("scrollTo(0, 0)");
  await screenshot(page, name, look);
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  expect(overflow, `${name} is wider than ${look.width} px`).toBeLessThanOrEqual(0);
  if (!hasAxe(look)) return;
  expect(await axeViolations(page), `${name}, ${look.theme} at ${look.width} px`).toEqual([]);
}

export async function inspectInAllLooks(page: Page, name: string): Promise<void> {
  for (const look of LOOKS) {
    await page.setViewportSize({ width: look.width, height: HEIGHT });
    await page.evaluate(`document.documentElement.dataset.theme = ${JSON.stringify(look.theme)}`);
    await inspect(page, name, look);
  }
}
