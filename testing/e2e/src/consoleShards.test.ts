import { launchBrowser } from "@trellis/kit/browser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { freshAddress } from "./freshAddress.ts";
import { type ShardClient, shardClients } from "./shards/ShardClient.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

let devnet: Devnet;
let shards: ShardClient[];

beforeAll(async () => {
  devnet = await startDevnet({ args: ["--shards", "3", "--block-time", "200"], arbitrage: "market" });
  shards = shardClients(devnet.ready);
});

afterAll(() => devnet?.stop());

it("the page Shards shows all shards and flows, and finds a message by its transaction", async () => {
  const [zero, one] = shards as [ShardClient, ShardClient];
  const address = freshAddress();
  const { transactionHash } = await zero.send(1, { to: address, value: 2n * 10n ** 18n });
  await one.arrives(address, 2n * 10n ** 18n);
  const browser = await launchBrowser();
  try {
    const { page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    await page.goto(`${devnet.httpUrl}/shards`);
    await settled(page);
    const flows = page.getByRole("table", { name: "Messages from each shard to each other" });
    await flows.getByText("0 / 1").waitFor();
    expect(await flows.getByRole("row").count()).toBe(4);
    await page.getByRole("grid", { name: "Shards" }).getByText("followed").nth(2).waitFor();
    await page.getByRole("grid", { name: "Messages" }).getByText("0 → 1").waitFor();
    await inspectInAllLooks(page, "shards");
    await page.getByLabel("Message ID or transaction hash").fill(transactionHash);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("heading", { name: /^Message from shard 0 to shard 1 delivered/ }).waitFor();
    await page.getByText("2 coins").waitFor();
    await inspectInAllLooks(page, "message");
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
