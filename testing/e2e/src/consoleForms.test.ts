import { bytesToHex } from "@trellis/base";
import { blsSecretFromSeed, blsSign, sha256 } from "@trellis/crypto";
import { launchBrowser } from "@trellis/kit/browser";
import { type Ballot, encodeEvidence, type Hash, voteSignedBytes } from "@trellis/protocol";
import type { Browser, Page } from "playwright-core";
import { formatEther, keccak256, parseEther, parseGwei } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { DARK_WIDE, inspect, inspectInAllLooks } from "./console/looks.ts";
import { makeManyTransfers, transferBatch } from "./console/manyTransfers.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { freshAddress } from "./freshAddress.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

const WAIT_MS_MAX = 180_000;
const CLICK_MS_MAX = 2_000;
const STILL_MS = 500;
const THOUSANDS = 10;
const GENESIS_COINS = "10\u202f000";

let devnet: Devnet;
let browser: Browser;
let page: Page;
let complaints: readonly string[];

beforeAll(async () => {
  devnet = await startDevnet({ args: ["--block-time", "3600000"] });
  browser = await launchBrowser();
  ({ page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE));
});

afterAll(async () => {
  await browser?.close();
  await devnet?.stop();
});

async function rpc<T>(method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(devnet.rpcUrl, method, params);
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result as T;
}
const mine = async (): Promise<void> => void (await rpc("trellis_mine"));
const open = async (path: string): Promise<void> => {
  await page.goto(`${devnet.httpUrl}${path}`);
  await settled(page);
};
const mineUntilSeen = (text: string | RegExp, within = "main"): Promise<void> =>
  eventually(async () => {
    await mine();
    return page.locator(within).getByText(text).first().isVisible();
  }, WAIT_MS_MAX);
const field = (label: string) => page.getByLabel(label, { exact: true });
const button = (name: string) => page.getByRole("button", { name, exact: true });
const outcome = () => page.locator(".outcome");

describe("lifecycle of a transaction", () => {
  it("is shown from the mempool to finality, with the block that carries it", async () => {
    const wallet = walletOf(devnet.rpcUrl, accountOf(1));
    const request = await wallet.prepareTransactionRequest({ to: freshAddress(), value: 1n, gas: 21_000n });
    const serializedTransaction = await wallet.signTransaction(request);
    const hash = keccak256(serializedTransaction);
    await open(`/search?text=${hash}`);
    await page.getByText("No results for").waitFor();
    await wallet.sendRawTransaction({ serializedTransaction });
    await page.waitForURL(`**/transaction/${hash}`);
    const step = page.locator(".life [aria-current]");
    await step.getByText("pending").waitFor();
    await inspectInAllLooks(page, "transaction-pending");
    await mine();
    await page.getByText("Included in blocks (1)").waitFor();
    await page.getByText("succeeded").waitFor();
    await mineUntilSeen("finalized", ".life [aria-current]");
    await page.getByText(/^final:/).waitFor();
    expect(complaints).toEqual([]);
  });

  it("pending transactions are a heat map by tip, and those behind a nonce gap are shown separately", async () => {
    await open("/mempool");
    const wallet = walletOf(devnet.rpcUrl, accountOf(2));
    for (let nonce = 0; nonce < 40; nonce++) {
      await wallet.sendTransaction({
        to: freshAddress(),
        value: 1n,
        gas: 21_000n,
        nonce: nonce === 39 ? 45 : nonce,
        maxFeePerGas: parseGwei("200"),
        maxPriorityFeePerGas: parseGwei(String(1 + nonce * 2)),
      });
    }
    await expect.poll(() => page.locator(".heat a").count(), { timeout: WAIT_MS_MAX }).toBe(39);
    await page
      .locator(".figure")
      .filter({ hasText: "Queued (nonce gap)" })
      .getByText("1", { exact: true })
      .waitFor();
    await inspectInAllLooks(page, "mempool-full");
    await mine();
    await page.getByText("No pending transactions").waitFor();
  });
});

describe("drawing of the DAG", () => {
  it("requests no frames while no block arrives", async () => {
    await open("/dag");
    await page.evaluate(`{
      globalThis.frames = 0;
      const ask = requestAnimationFrame;
      globalThis.requestAnimationFrame = (draw) => {
        frames++;
        return ask(draw);
      };
    }`);
    await mine();
    const frames = () => page.evaluate<number>("frames");
    await eventually(async () => (await frames()) > 0, WAIT_MS_MAX);
    await eventually(async () => {
      const before = await frames();
      await page.waitForTimeout(STILL_MS);
      return (await frames()) === before;
    }, WAIT_MS_MAX);
  });
});

describe("faucet", () => {
  it.each([
    ["To", "0x12", /Invalid address/],
    ["To", accountOf(0).address.replace("F39", "f39").replace("Fd6", "fD6"), /checksum/],
    ["To", "<script>alert(1)</script>", /Invalid address/],
    ["Amount", "9".repeat(90), /too large/],
    ["Amount", "0", /above 0/],
    ["Amount", "1e3", /Invalid amount/],
    ["Amount", "20000", new RegExp(`has ${GENESIS_COINS} coins`)],
  ])("refuses %s %.44j, and sends nothing", async (label, text, wrong) => {
    await open("/faucet");
    await field("From").getByText(GENESIS_COINS).first().waitFor({ state: "attached" });
    await field("To").fill(accountOf(0).address.toLowerCase());
    await field(label).fill(text);
    await button("Send").click();
    await page.locator(".wrong").getByText(wrong).waitFor();
    expect(await field(label).getAttribute("aria-invalid")).toBe("true");
    expect(await outcome().count()).toBe(0);
    expect(await rpc("txpool_status")).toMatchObject({ pending: "0x0" });
  });

  it("is disabled while it sends, and links the transaction", async () => {
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<() => void>();
    const held = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    await held.page.routeWebSocket(/\/rpc$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (!String(message).includes("eth_sendRawTransaction")) server.send(message);
        else hold(() => server.send(message));
      });
    });
    const to = freshAddress();
    await held.page.goto(`${devnet.httpUrl}/faucet`);
    await held.page.getByLabel("To", { exact: true }).fill(to);
    await held.page.getByLabel("Amount", { exact: true }).fill("1.5");
    await inspect(held.page, "faucet-filled", DARK_WIDE);
    await held.page.getByRole("button", { name: "Send", exact: true }).click();
    const sending = held.page.getByRole("button", { name: "Sending…" });
    await sending.waitFor();
    expect(await sending.isDisabled()).toBe(true);
    expect(await held.page.getByLabel("To", { exact: true }).isDisabled()).toBe(true);
    const release = await isHeld;
    release();
    await held.page.locator(".outcome").getByText("pending").waitFor();
    await mine();
    await held.page
      .locator(".outcome")
      .getByText(/accepted|finalized/)
      .waitFor();
    expect(formatEther(await publicClientOf(devnet.rpcUrl).getBalance({ address: to }))).toBe("1.5");
    await held.page.locator(".outcome a").click();
    await held.page.waitForURL(/\/transaction\/0x/);
    expect(held.complaints).toEqual([]);
    await held.page.context().close();
  });
});

describe("table that grows during navigation", () => {
  it("keeps the selected row, announces it, and opens it", async () => {
    for (let block = 0; block < 5; block++) await mine();
    await open("/blocks");
    const table = page.getByRole("grid", { name: "Newest chain blocks" });
    await table.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const chosen = table.locator("tr.active");
    const hash = await chosen.locator("a").first().getAttribute("title");
    await mine();
    await eventually(async () => (await chosen.getAttribute("aria-rowindex")) !== "4", WAIT_MS_MAX);
    expect(await chosen.locator("a").first().getAttribute("title")).toBe(hash);
    expect(await table.getAttribute("aria-activedescendant")).toBe(await chosen.getAttribute("id"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/block/${hash}`);
  });
});

describe("a table of 10,000 rows", () => {
  it("loads more on scrolling, draws only visible rows, and is navigable by keys", async () => {
    const token = await makeManyTransfers(devnet.rpcUrl, THOUSANDS, mine);
    await eventually(async () => {
      const { number, head } = await rpc<{ number: string; head: string }>("trellis_getIndexStatus");
      return number === head;
    }, WAIT_MS_MAX);
    await open(`/address/${token}`);
    await page.getByRole("tab", { name: "Token transfers" }).click();
    const table = page.getByRole("grid", { name: "Token transfers" });
    const body = table.locator("tbody");
    await table.focus();
    const rowCount = async (): Promise<number> => Number(await table.getAttribute("aria-rowcount"));
    await eventually(async () => {
      await page.keyboard.press("End");
      return (await rowCount()) === THOUSANDS * 1_000 + 1;
    }, 3 * WAIT_MS_MAX);
    await page.keyboard.press("End");
    await body.locator(`tr[aria-rowindex="${THOUSANDS * 1_000 + 1}"].active`).waitFor();
    expect(await body.locator("tr").count()).toBeLessThan(60);
    await inspectInAllLooks(page, "table-10000");
    await page.keyboard.press("Home");
    await body.locator('tr[aria-rowindex="2"].active').waitFor();
    await page.keyboard.press("PageDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await body.locator('tr[aria-rowindex="12"].active').waitFor();
    expect(await body.locator("tr").count()).toBeLessThan(60);
    await transferBatch(devnet.rpcUrl, token, { ids: [7n], amounts: [7n] }, mine);
    await expect.poll(rowCount).toBe(THOUSANDS * 1_000 + 2);
    expect(complaints).toEqual([]);
  });
});

describe("governance", () => {
  it("shows errors of a proposal before it is sent", async () => {
    await open("/governance");
    await page.getByText(/From 5\u202f000\u202f000 to/).waitFor();
    await field("New value").fill("1");
    await button("Propose").click();
    await page.locator(".wrong").getByText("At least 5\u202f000\u202f000 gas.").waitFor();
    await page.locator(".wrong").getByText("Enter a description").waitFor();
    await field("New value").fill("9".repeat(40));
    await page
      .locator(".wrong")
      .getByText(/At most 100\u202f000\u202f000/)
      .waitFor();
    await field("Action type").selectOption("pay");
    await field("To").fill("nobody");
    await page.locator(".wrong").getByText("Invalid address").waitFor();
    await inspectInAllLooks(page, "governance-wrong");
    expect(await outcome().count()).toBe(0);
  });

  it("shows why the contract refuses", async () => {
    await field("From").selectOption(accountOf(5).address.toLowerCase());
    await field("To").fill(freshAddress());
    await field("Amount").fill("2");
    await field("Description").fill("# Two coins\nfor a good work <script>alert(1)</script>");
    await button("Propose").click();
    await outcome().getByText("governor insufficient proposer votes").waitFor();
  });

  it("proposes, votes, queues and executes, each step by its form", async () => {
    await walletOf(devnet.rpcUrl, accountOf(0)).sendTransaction({
      to: "0x0000000000000000000000000000000000005002",
      value: parseEther("3"),
      gas: 100_000n,
    });
    await mine();
    await field("From").selectOption(accountOf(0).address.toLowerCase());
    await button("Propose").click();
    await outcome().getByText("Sent").waitFor();
    await mineUntilSeen("Two coins");
    await page.getByRole("link", { name: "Two coins" }).click();
    await mineUntilSeen("active", "h1");
    // Blocks advance chain time, and with it the voting period of a few seconds.
    await field("Reason").fill("because");
    await button("Vote").click();
    await outcome().getByText("Sent").waitFor();
    await mineUntilSeen("because");
    await inspectInAllLooks(page, "proposal-active");
    await button("Vote").click();
    await outcome().getByText("governor already cast vote").waitFor();
    await page.getByText("reached", { exact: true }).waitFor();
    await mineUntilSeen("succeeded", "h1");
    await button("Queue").click();
    await outcome().getByText("Sent").waitFor();
    await mineUntilSeen("queued", "h1");
    // The timelock rejects the execution until its delay is over.
    await eventually(async () => {
      await button("Execute")
        .click({ timeout: CLICK_MS_MAX })
        .catch(() => {});
      await mine();
      return page.locator("h1").getByText("executed").isVisible();
    }, WAIT_MS_MAX);
    await inspectInAllLooks(page, "proposal-executed");
    await open("/governance");
    await page.getByRole("grid", { name: "Proposals" }).getByText("executed").waitFor();
    await inspectInAllLooks(page, "governance");
    expect(complaints).toEqual([]);
  });
});

describe("evidence", () => {
  it("against a validator is listed and shown in full", async () => {
    const secret = blsSecretFromSeed(sha256(new TextEncoder().encode("Trellis development validator 0")));
    const { epoch, finalized } = await rpc<{ epoch: number; finalized: { height: number } }>(
      "trellis_getFinality",
    );
    const ballot: Ballot = { epoch, height: finalized.height + 1, round: 0, step: "precommit" };
    const { hash: genesisHash } = await publicClientOf(devnet.rpcUrl).getBlock({ blockNumber: 0n });
    const vote = (value: Hash) => ({
      message: { ...ballot, value, validator: 0 },
      signature: blsSign(voteSignedBytes({ chainId: 31_337n, genesisHash }, ballot, value), secret),
    });
    const [first, second] = (["11", "22"] as const).map((byte) => vote(`0x${byte.repeat(32)}`));
    const evidence = encodeEvidence({ first: first!, second: second! });
    await rpc("trellis_submitEvidence", bytesToHex(evidence));
    await open("/validators");
    const table = page.getByRole("grid", { name: "Evidence" });
    await eventually(async () => {
      await mine();
      await page.reload();
      await settled(page);
      return table.isVisible();
    }, WAIT_MS_MAX);
    await inspectInAllLooks(page, "validators-evidence");
    await table.getByRole("link").first().click();
    await page.getByText("validator tombstoned").waitFor();
    await page.getByText("11".repeat(32)).waitFor();
    await inspectInAllLooks(page, "evidence");
    await page.getByRole("link", { name: /0xf39/i }).click();
    await page.getByText("tombstoned: equivocation").waitFor();
    await inspectInAllLooks(page, "validator-tombstoned");
  });
});
