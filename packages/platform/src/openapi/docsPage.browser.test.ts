import { silentLog, systemRandom } from "@trellis/base";
import { launchBrowser } from "@trellis/kit/browser";
import { expect, it } from "vitest";
import { createServer } from "../http/createServer.ts";
import { ROUTES } from "../http/testing/testRoutes.ts";
import { addDocs } from "./addDocs.ts";

it("the page is complete and styled under its own policy, in a browser without scripts", async () => {
  const server = createServer({ log: silentLog, random: systemRandom });
  await addDocs(server, "/v1", {
    title: "<b>Test</b>",
    version: "1",
    description: "Of `next`.",
    tags: { things: "Things.", customers: "Customers." },
    routes: ROUTES,
    statuses: { THING_UNKNOWN: 404 },
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ javaScriptEnabled: false });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(`${url}/v1/docs`);
    expect(await page.title()).toBe("<b>Test</b>");
    expect(await page.locator("details").count()).toBe(ROUTES.length);
    expect((await page.locator("main").boundingBox())?.y).toBeLessThan(50);
    await page.click("#createThing summary");
    expect(await page.locator("#createThing pre").first().isVisible()).toBe(true);
    await page.click('a[href="openapi.json"]');
    expect(await page.locator("body").textContent()).toContain('"openapi":"3.1.1"');
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
