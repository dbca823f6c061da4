import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = fileURLToPath(new URL("../../screenshots/", import.meta.url));

export const HEIGHT = 900;
const POLL_MS = 50;
const WAIT_MS_MAX = 180_000;

export interface Look {
  readonly theme: "dark" | "light";
  readonly width: number;
}

export interface Visit {
  readonly page: Page;
  readonly complaints: string[];
}

export async function openPage(browser: Browser, origin: string, { theme, width }: Look): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: HEIGHT },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.host !== new URL(origin).host) complaints.push(`asked ${url.href}`);
  });
  return { page, complaints };
}

export async function settled(page: Page): Promise<void> {
  await page.locator("main h1, main .state").first().waitFor();
  while ((await page.locator(".spinner").count()) > 0) await page.waitForTimeout(POLL_MS);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

export async function axeViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    () =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResult> } }).axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        // Computing selectors would take most of the time.
        resultTypes: ["violations"],
        selectors: false,
      }) as Promise<AxeResult>,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} (${nodes.length} places)`);
}

/** For people, if TRELLIS_SCREENSHOTS is set, as in `.ci/nightly`. Otherwise only waits until the page is drawn. */
export async function screenshot(page: Page, name: string, { theme, width }: Look): Promise<void> {
  if (process.env.TRELLIS_SCREENSHOTS === undefined) {
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
    return;
  }
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}-${theme}-${width}.jpeg`);
  // PNG would take more than twice the CPU time.
  await page.screenshot({ path, type: "jpeg", quality: 90, fullPage: true });
}
