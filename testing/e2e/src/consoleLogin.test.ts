import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DIRECTORY, startSlapd, type TestDirectory } from "@trellis/kit";
import { launchBrowser } from "@trellis/kit/browser";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority } from "@trellis/platform/tls";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { AUDIENCE, CLIENT, OidcProvider } from "./reserves/OidcProvider.ts";
import { type Served, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const WAIT_MS_MAX = 180_000;
/** The port is unknown before the service starts. */
const PUBLIC_URL = "http://trellis.localhost";

const provider = new OidcProvider();
let directory: TemporaryDirectory;
let slapd: TestDirectory | { readonly reason: string };
let service: Served<{ readonly url: string }>;
let browser: Browser;
let page: Page;
let url: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  provider.asks = "page";
  await provider.listen();
  const secret = join(directory.path, "client-secret");
  writeFileSync(secret, CLIENT.secret);
  const searcher = join(directory.path, "searcher");
  writeFileSync(searcher, DIRECTORY.searcher.password);
  for (const file of [secret, searcher]) chmodSync(file, 0o600);
  slapd = await startSlapd(await createAuthority("slapd", { clock: systemClock, random: systemRandom }));
  const settings = {
    ldap:
      "reason" in slapd
        ? undefined
        : {
            url: `ldap://127.0.0.1:${slapd.port}`,
            baseDn: DIRECTORY.baseDn,
            bindDn: DIRECTORY.searcher.dn,
            bindPasswordFrom: `file:${searcher}`,
            roles: { [DIRECTORY.groups.operators]: "operator" },
          },
    oidc: {
      issuer: provider.issuer,
      audience: AUDIENCE,
      clientId: CLIENT.id,
      clientSecretFrom: `file:${secret}`,
    },
    publicUrl: PUBLIC_URL,
  };
  const file = join(directory.path, "trellis.yaml");
  writeFileSync(file, JSON.stringify({ reserves: settings }));
  const place = ["--data-dir", join(directory.path, "data"), "--config", file, "--port", "0"];
  [service, browser] = await Promise.all([
    startTrellis<{ readonly url: string }>(["reserves", "serve", "--json", ...place]),
    launchBrowser(),
  ]);
  ({ url } = service.ready);
  provider.origin = url;
  page = await (
    await browser.newContext({ colorScheme: DARK_WIDE.theme, reducedMotion: "reduce" })
  ).newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await provider.close();
  if (slapd !== undefined && "stop" in slapd) await slapd.stop();
  await directory?.remove();
});

const goToProvider = async (): Promise<void> => {
  await page.goto(`${url}/sign-in`);
  await page.getByRole("link", { name: "Continue to the identity provider" }).click();
};
const answer = (what: "Allow" | "Deny") => page.getByRole("link", { name: what }).click();
const alert = () => page.getByRole("alert");

it("a user accepted by the provider is signed in with name and role, and signs out", async () => {
  await goToProvider();
  await answer("Allow");
  await page.locator(".account-signedIn", { hasText: "operator" }).click();
  await page.getByText("user:carol").waitFor();
  await page.getByText("Signed in as custodian staff").waitFor();
  await inspectInAllLooks(page, "login-signed-in");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Continue to the identity provider" }).waitFor();
  expect(await page.context().cookies(url)).toEqual([]);
});

it("LOGIN_REFUSED: a user who declines at the provider sees it, and may try again", async () => {
  await goToProvider();
  await answer("Deny");
  await alert().getByText("LOGIN_REFUSED").waitFor();
  await alert().getByText("login was cancelled").waitFor();
  await inspectInAllLooks(page, "login-refused");
  await page.getByRole("link", { name: "Continue to the identity provider" }).click();
  await answer("Allow");
  await page.locator(".account-signedIn").waitFor();
  await page.context().clearCookies();
});

it("LOGIN_STATE_INVALID: a link of another user's login signs nobody in", async () => {
  await goToProvider();
  await page.getByRole("link", { name: "Allow" }).waitFor();
  await page.goto(`${url}/v1/auth/callback?code=code-0&state=of-another`);
  await alert().getByText("LOGIN_STATE_INVALID").waitFor();
  await alert().getByText("did not start in this browser").waitFor();
});

it("TOKEN_CLAIM_INVALID: a user without a role sees it", async () => {
  provider.person = { sub: "stranger", role: undefined };
  await goToProvider();
  await answer("Allow");
  await alert().getByText("TOKEN_CLAIM_INVALID").waitFor();
});

it("a person of the directory signs in by name and password", async ({ skip }) => {
  if ("reason" in slapd) return skip(slapd.reason);
  await page.goto(`${url}/sign-in`);
  const form = page.getByRole("form", { name: "Sign in with a password" });
  await form.getByLabel("User name").fill("bob");
  await form.getByLabel("Password").fill("guess");
  await form.getByRole("button", { name: "Sign in" }).click();
  await alert().getByText("LOGIN_REFUSED").waitFor();
  await inspectInAllLooks(page, "login-password");
  await form.getByLabel("Password").fill(DIRECTORY.people.bob);
  await form.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".account-signedIn", { hasText: "operator" }).click();
  await page.getByText("user:ldap/bob").waitFor();
  await page.context().clearCookies();
});

it("does not repeat unknown text from the address", async () => {
  await page.goto(`${url}/sign-in?refused=%3Cb%3ECall%20555-0100&request=%3Cscript%3E`);
  await alert().getByText("The service refused the login").waitFor();
  expect(await alert().textContent()).not.toMatch(/555|script/);
});
