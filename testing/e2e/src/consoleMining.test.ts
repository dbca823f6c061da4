import { launchBrowser } from "@trellis/kit/browser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

const BLOCKS = 20;
/** SwiftShader compiles the shader for seconds. */
const COMPILE_MS = 180_000;

let devnet: Devnet;

beforeAll(async () => {
  devnet = await startDevnet();
  for (let block = 0; block < BLOCKS; block++) await rpcCall(devnet.rpcUrl, "trellis_mine", []);
});

afterAll(() => devnet?.stop());

it(
  "the page Mining shows blocks and rewards of the node, and runs the shader on the browser's GPU",
  async () => {
    const browser = await launchBrowser({ hasWebGpu: true });
    try {
      const { page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE);
      await page.goto(`${devnet.httpUrl}/mining`);
      await settled(page);
      await page.getByText("cpu of the node").first().waitFor();
      await page.getByText(/heavy [1-9][.\d]* k?H/).waitFor();
      await page
        .getByText(/^[1-9]\d* coins$/)
        .first()
        .waitFor();
      await page.getByRole("button", { name: "Run on the GPU" }).click();
      await page.getByRole("button", { name: "Stop" }).waitFor();
      await page.getByRole("status").getByText("ended").waitFor();
      const facts = (await page.locator(".facts").textContent())!;
      expect(facts).toContain("swiftshader");
      expect(facts).toMatch(/Verified nonces[1-9]/);
      await inspectInAllLooks(page, "mining-demonstration");
      await page.getByRole("button", { name: "Run on the GPU" }).click();
      await page.getByText("searching…").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("status").getByText("ended").waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  COMPILE_MS,
);

it("the page says so where the browser has no WebGPU, and where the node shows no workers", async () => {
  const browser = await launchBrowser();
  try {
    const { page } = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    await page.addInitScript("delete Navigator.prototype.gpu");
    await page.routeWebSocket(/\/rpc$/, (client) => {
      const server = client.connectToServer();
      client.onMessage((message) =>
        server.send(String(message).replace("trellis_getMiningWorkers", "trellis_missing")),
      );
    });
    await page.goto(`${devnet.httpUrl}/mining`);
    await page.getByText("This page has no WebGPU").waitFor();
    await page.getByText("Workers are not shown").waitFor();
    expect(await page.getByRole("button", { name: "Run on the GPU" }).count()).toBe(0);
  } finally {
    await browser.close();
  }
});
