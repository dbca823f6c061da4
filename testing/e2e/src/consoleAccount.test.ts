import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hexToBytes } from "@trellis/base";
import { encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { launchBrowser } from "@trellis/kit/browser";
import { systemRandom } from "@trellis/platform/system";
import type { Browser, Page } from "playwright-core";
import { type Address, formatEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf, privateKeyOf } from "./chain.ts";
import { publicClientOf } from "./clients.ts";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { freshAddress } from "./freshAddress.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { deployToken, tokenAbi } from "./token.ts";

const OWNER = 6;
const PASSWORD = "correct horse";
const NEW_PASSWORD = "battery staple";
const to = freshAddress();

let directory: TemporaryDirectory;
let devnet: Devnet;
let browser: Browser;
let page: Page;
let complaints: readonly string[];
let token: Address;
let oldFile: string;
let newFile: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet();
  browser = await launchBrowser();
  ({ page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE));
  token = await deployToken(devnet.rpcUrl, accountOf(OWNER), "Gold", "GLD", 100n * 10n ** 18n);
  const secret = hexToBytes(privateKeyOf(OWNER));
  const keystore = await encryptKeystore(secret, PASSWORD, systemRandom, { n: 2, r: 1, p: 1 });
  oldFile = join(directory.path, "wallet.json");
  writeFileSync(oldFile, keystoreToJson(keystore));
  await delayAnswers(page, 200);
  await page.goto(`${devnet.httpUrl}/account`);
  await settled(page);
});

/** With late answers, a form must not validate an amount before it has read the token's decimals. */
async function delayAnswers(page: Page, delayMs: number): Promise<void> {
  await page.routeWebSocket(/\/rpc$/, (client) => {
    const server = client.connectToServer();
    server.onMessage((message) => void setTimeout(() => client.send(message), delayMs));
  });
}

afterAll(async () => {
  await browser?.close();
  await devnet?.stop();
  await directory?.remove();
});

const field = (label: string) => page.getByLabel(label, { exact: true });
const button = (name: string) => page.getByRole("button", { name, exact: true });
const client = () => publicClientOf(devnet.rpcUrl);

async function openKey(file: string, password: string): Promise<void> {
  await field("Key file").setInputFiles(file);
  await field("Password").fill(password);
  await button("Open").click();
}

async function makeKey(name: string): Promise<string> {
  await field("New password").fill(NEW_PASSWORD);
  await field("New password again").fill(NEW_PASSWORD);
  const downloading = page.waitForEvent("download");
  await button("Create and download").click();
  const file = join(directory.path, name);
  await (await downloading).saveAs(file);
  return file;
}

async function send(amount: string, contract = ""): Promise<void> {
  await field("To").fill(to);
  await field("Amount").fill(amount);
  await field("Token").fill(contract);
  await button("Send").click();
}

const coins = async (): Promise<string> => formatEther(await client().getBalance({ address: to }));
const tokens = async (): Promise<string> =>
  formatEther(
    await client().readContract({ address: token, abi: tokenAbi, functionName: "balanceOf", args: [to] }),
  );

describe("the account page", () => {
  it("says what is wrong with a file or a password", async () => {
    await inspectInAllLooks(page, "account-closed");
    await button("Open").click();
    await page.locator(".wrong").getByText("Choose a key file.").waitFor();
    await openKey(oldFile, "wrong");
    await page
      .getByRole("alert")
      .getByText(/wrong keystore password/)
      .waitFor();
    const cut = join(directory.path, "cut.json");
    writeFileSync(cut, readFileSync(oldFile, "utf8").slice(0, 100));
    for (const hostile of [cut, join(import.meta.dirname, "consoleAccount.test.ts")]) {
      await openKey(hostile, PASSWORD);
      await page
        .getByRole("alert")
        .getByText(/keystore file malformed/)
        .waitFor();
    }
    await field("New password").fill("short");
    await field("New password again").fill("other");
    await button("Create and download").click();
    await page.locator(".wrong").getByText("At least 8 characters.").waitFor();
    await page.locator(".wrong").getByText("The two passwords differ.").waitFor();
  });

  it("opens the key file of a wallet, and sends coins and tokens", async () => {
    await openKey(oldFile, PASSWORD);
    await page.getByText("ECDSA on secp256k1").waitFor();
    await page.getByText("original key", { exact: true }).waitFor();
    await inspectInAllLooks(page, "account-opened");
    await send("1");
    await eventually(async () => (await coins()) === "1");
    await send("20", token);
    await eventually(async () => (await tokens()) === "20");
    await send("1000000");
    await page
      .getByRole("alert")
      .getByText(/balance too low/)
      .waitFor();
    await send("1", freshAddress());
    await page.locator(".wrong").getByText("Not a token.").waitFor();
  });

  it("rotates to ML-DSA-65 once the new key file is opened again, and continues", async () => {
    newFile = await makeKey("new.json");
    await field("New key file").setInputFiles(newFile);
    await field("Password").fill("not the password");
    await button("Rotate").click();
    await page
      .getByRole("alert")
      .getByText(/wrong keystore password/)
      .waitFor();
    await field("New key file").setInputFiles(oldFile);
    await field("Password").fill(PASSWORD);
    await button("Rotate").click();
    await page
      .getByRole("alert")
      .getByText(/another key/)
      .waitFor();
    await field("New key file").setInputFiles(newFile);
    await field("Password").fill(NEW_PASSWORD);
    await button("Rotate").click();
    await page.locator("dd").getByText("ML-DSA-65, post-quantum").waitFor();
    await page.getByText("valid", { exact: true }).waitFor();
    await inspectInAllLooks(page, "account-rotated");
    await send("2.5");
    await eventually(async () => (await coins()) === "3.5");
    await send("30", token);
    await eventually(async () => (await tokens()) === "50");
  });

  it("shows that the old key is replaced, and the node refuses it", async () => {
    await button("Close").click();
    await openKey(oldFile, PASSWORD);
    await page.getByText("replaced: no longer valid").waitFor();
    await send("1");
    await page
      .getByRole("alert")
      .getByText(/key not valid for the account/)
      .waitFor();
    expect(await coins()).toBe("3.5");
  });

  it("makes an account whose file the command line reads", async () => {
    await button("Close").click();
    const file = await makeKey("account.json");
    await page.getByText(/^Downloaded UTC--/).waitFor();
    const secret = join(directory.path, "password");
    writeFileSync(secret, NEW_PASSWORD);
    for (const made of [file, newFile]) {
      const args = ["account", "sign", made, "hello", "--json", "--password-from", `file:${secret}`];
      const { exitCode, stdout, stderr } = await runTrellis(args);
      expect(exitCode, stderr).toBe(0);
      const { account, signature, algorithm } = JSON.parse(stdout);
      expect(algorithm).toBe("ml-dsa-65");
      const verified = await runTrellis([
        "account",
        "verify",
        account,
        "hello",
        signature,
        "--rpc",
        devnet.rpcUrl,
      ]);
      expect(verified.exitCode, verified.stderr).toBe(0);
    }
    expect(complaints).toEqual([]);
  });

  it("handles no keys where somebody on the way could change the page", async () => {
    const insecure = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    await insecure.page.addInitScript(
      "Object.defineProperty(globalThis, 'isSecureContext', { value: false })",
    );
    await insecure.page.goto(`${devnet.httpUrl}/account`);
    await insecure.page.getByText("Keys are not safe on this connection").waitFor();
    expect(await insecure.page.locator('input[type="password"]').count()).toBe(0);
    await inspectInAllLooks(insecure.page, "account-insecure");
    await insecure.page.context().close();
  });
});
