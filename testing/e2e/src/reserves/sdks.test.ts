import { spawn, spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createCustodian,
  createCustomer,
  createReservesClient,
  createSigningFetch,
  importRequestKey,
  type Verdict,
} from "@trellis/client/reserves";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, issueCertificate } from "@trellis/platform/tls";
import { encodeProof, sumScheme } from "@trellis/reserves/liabilities";
import { type Expectation, verifyProofFile } from "@trellis/reserves/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

const GENERATED = fileURLToPath(new URL("../../../../sdk/generated", import.meta.url));
const SECRET = "a secret of 32 characters or more";
const billing = generateKeyPairSync("ed25519");
const ledger = generateKeyPairSync("ec", { namedCurve: "P-256" });
let directory: TemporaryDirectory;
let service: Served<Ready>;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const place = ["--data-dir", join(directory.path, "data")];
  writeFileSync(join(directory.path, "secret"), SECRET, { mode: 0o600 });
  const serviceKeys = [
    {
      id: "billing/1",
      algorithm: "ed25519",
      publicKey: billing.publicKey.export({ format: "pem", type: "spki" }).toString(),
      role: "operator",
      scopes: ["*"],
    },
    {
      id: "ledger",
      algorithm: "ecdsa-p256-sha256",
      publicKey: ledger.publicKey.export({ format: "pem", type: "spki" }).toString(),
      role: "operator",
      scopes: ["*"],
    },
    {
      id: "archive",
      algorithm: "hmac-sha256",
      secretFrom: `file:${join(directory.path, "secret")}`,
      role: "admin",
      scopes: ["*"],
    },
  ];
  const keys = ["--service-keys", JSON.stringify(serviceKeys)];
  service = await startTrellis<Ready>(["reserves", "serve", "--port", "0", "--json", ...place, ...keys]);
});
afterAll(async () => {
  await service?.stop();
  await directory.remove();
});

const pemOf = (key: KeyObject) => key.export({ format: "pem", type: "pkcs8" }).toString();
const clientOf = (token: string) => createReservesClient({ url: service.ready.url, token });

function verify(proof: Uint8Array, expected: Expectation): Verdict {
  const verdict = verifyProofFile(proof, expected);
  if (!verdict.isValid) return { isValid: false, reason: verdict.code, balances: {} };
  const { equity = [] } = verdict.customers[0] ?? {};
  const named = verdict.assets.assets.map(({ id }, column) => [id, equity[column] ?? 0n]);
  return { isValid: true, balances: Object.fromEntries(named) };
}

async function treeOfOne(customerId: string, equity: readonly bigint[]): Promise<Uint8Array> {
  const assets = [
    { id: "BTC", decimals: 8 },
    { id: "USD", decimals: 2 },
  ];
  const terms = { snapshotId: new Uint8Array(32).fill(9), assets: { assets, hasDebt: false } };
  const row = { customerId, userKey: new Uint8Array(32).fill(1), equity };
  const tree = await sumScheme.build([row], terms, { random: systemRandom });
  return encodeProof(tree.prove([customerId]));
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, SERVICE_URL: service.ready.url, SERVICE_TOKEN: service.ready.adminKey };
  const child = spawn(command, args, { cwd, env });
  const output = [child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const exitCode = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [out = "", err = ""] = (await Promise.all(output)).map((parts) => parts.join(""));
  expect(exitCode, out + err).toBe(0);
  return out;
}

async function answerOf(command: string, args: readonly string[], cwd: string): Promise<unknown> {
  const out = await run(command, args, cwd);
  return JSON.parse(out.trim().split("\n").at(-1) ?? "");
}

function spkiOf(certificate: string): Buffer {
  return new X509Certificate(certificate).publicKey.export({ format: "der", type: "spki" });
}

function isThere(command: string, ...args: string[]): boolean {
  const { status } = spawnSync(command, args);
  if (status !== 0) console.warn(`${command} is not here: its SDK is not tried`);
  return status === 0;
}

const FOUND = {
  role: "admin",
  added: 2,
  customers: ["py-1", "py-2"],
  refusal: "LEDGER_UNKNOWN",
};

describe("SDKs against the service", () => {
  it("TypeScript: a custodian enters and takes snapshots, a customer verifies locally", async () => {
    const admin = clientOf(service.ready.adminKey);
    for (const [id, decimals] of [
      ["BTC", 8],
      ["USD", 2],
    ] as const) {
      await admin.call("addAsset", { body: { id, decimals } });
    }
    await admin.call("addCustomers", { body: { ids: ["alice", "bob"] } });
    const deposit = (customer: string, asset: string, amount: string) => ({
      key: `${customer}-${asset}`,
      customer,
      asset,
      kind: "deposit" as const,
      amount,
      reference: `${customer}-${asset}`,
      happenedAtMs: 1_790_000_000_000,
    });
    const entries = [deposit("alice", "BTC", "5"), deposit("alice", "USD", "7"), deposit("bob", "BTC", "9")];
    const custodian = createCustodian(admin);
    expect(await custodian.enter(entries)).toEqual({ enteredCount: 3, replayedCount: 0 });
    expect(await custodian.enter(entries)).toEqual({ enteredCount: 0, replayedCount: 3 });
    expect(await custodian.takeSnapshot()).toBe(1);

    const grant = { name: "alice", role: "customer", customerId: "alice", scopes: ["*"] } as const;
    const { text } = await admin.call("createApiKey", { body: grant });
    const alice = createCustomer(clientOf(text), "alice");
    expect(await alice.balances()).toEqual([
      expect.objectContaining({ asset: "BTC", amount: "5" }),
      expect.objectContaining({ asset: "USD", amount: "7" }),
    ]);
    expect(await alice.check(verify)).toMatchObject({
      isValid: true,
      snapshot: 1,
      balances: { BTC: 5n, USD: 7n },
      differing: [],
    });
    const others = createCustomer(clientOf(text), "bob").balances();
    await expect(others).rejects.toMatchObject({
      code: "SERVICE_REFUSED",
      facts: { refusal: "ROW_FORBIDDEN" },
    });
    const changed = await alice.check((proof, expected) =>
      verify(proof.with(200, proof[200]! ^ 1), expected),
    );
    expect(changed.isValid).toBe(false);
    const own = await treeOfOne("alice", [5n, 7n]);
    expect(verifyProofFile(own, { customerId: "alice" })).toMatchObject({ isValid: true });
    expect(await alice.check((_, expected) => verify(own, expected))).toMatchObject({
      isValid: false,
      reason: "PROOF_MISMATCH",
    });
    const record = (await alice.check(verify)).recordHash;
    expect(record).toBe((await admin.call("getSnapshot", { snapshot: 1 })).record.rootRecordHash);
  });

  it("TypeScript: signed requests; another key is refused", async () => {
    const signing = async (privateKey: KeyObject) => {
      const key = await importRequestKey(pemOf(privateKey));
      const fetch = createSigningFetch({ id: "billing/1", key });
      return createReservesClient({ url: service.ready.url }, { fetch });
    };
    const client = await signing(billing.privateKey);
    expect(await client.call("getSelf", {})).toMatchObject({ id: "service:billing/1", role: "operator" });
    expect(await client.call("addCustomers", { body: { ids: ["ts-1"] } })).toMatchObject({ addedCount: 1 });
    const other = await signing(generateKeyPairSync("ed25519").privateKey);
    await expect(other.call("getSelf", {})).rejects.toMatchObject({
      code: "SERVICE_REFUSED",
      facts: { refusal: "SIGNATURE_INVALID" },
    });
  });

  it.skipIf(!isThere("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"))(
    "Python",
    async () => {
      const program = join(directory.path, "smoke.py");
      writeFileSync(
        program,
        `import json, os, sys
sys.path.insert(0, ${JSON.stringify(join(GENERATED, "python"))})
from trellis_reserves import ApiError, Client, Signer, UnreachableError, pages

client = Client(os.environ["SERVICE_URL"], os.environ["SERVICE_TOKEN"])
signed = Client(os.environ["SERVICE_URL"], signer=Signer.of_secret("archive", b"${SECRET}"))
signed_ids = [signed.get_self()["id"], signed.add_customers(body={"ids": ["py-0"]})["addedCount"], len(signed.list_entries(limit=1)["items"])]
forged = ""
try:
    Client(os.environ["SERVICE_URL"], signer=Signer.of_secret("archive", bytes(32))).get_self()
except ApiError as error:
    forged = error.code
added = client.add_customers(body={"ids": ["py-1", "py-2"]})["addedCount"]
found = [one["id"] for one in pages(client.list_customers, limit=1) if one["id"].startswith("py-") and one["id"] != "py-0"]
refusal = ""
try:
    client.get_customer(customer_id="no/body")
except ApiError as error:
    refusal = error.code
unreachable = ""
try:
    Client("http://127.0.0.1:1", retries=1).list_assets()
except UnreachableError as error:
    unreachable = error.code
print(json.dumps({"role": client.get_self()["role"], "added": added, "customers": found, "refusal": refusal, "unreachable": unreachable, "signed": signed_ids, "forged": forged}))
`,
      );
      const expected = {
        ...FOUND,
        unreachable: "SERVICE_UNREACHABLE",
        signed: ["service:archive", 1, 1],
        forged: "SIGNATURE_INVALID",
      };
      expect(await answerOf("python3", [program], directory.path)).toEqual(expected);
    },
  );

  it.skipIf(!isThere("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"))(
    "Python pins the server's key (TLS_PEER_UNTRUSTED)",
    async () => {
      const ports = { clock: systemClock, random: systemRandom };
      const authority = await createAuthority("authority", ports);
      const server = { kind: "server", name: "pinned", hosts: ["127.0.0.1"] } as const;
      const { certificate: cert, key } = await issueCertificate(authority, server, ports);
      let requests = 0;
      const https = createServer({ cert, key }, (_, response) => {
        requests += 1;
        response.end('{"id":"pinned"}');
      }).listen(0, "127.0.0.1");
      await once(https, "listening");
      const { port } = https.address() as AddressInfo;
      const pin = `sha256/${createHash("sha256").update(spkiOf(cert)).digest("base64")}`;
      const program = join(directory.path, "pins.py");
      writeFileSync(
        program,
        `import json, sys
sys.path.insert(0, ${JSON.stringify(join(GENERATED, "python"))})
from trellis_reserves import Client, UntrustedError

def answer(url, pins):
    try:
        return Client(url, pins=pins).get_self()["id"]
    except UntrustedError as error:
        return [error.code, error.seen]

other = "sha256/" + "A" * 43 + "="
url = "https://127.0.0.1:${port}"
print(json.dumps([answer(url, [other, "${pin}"]), answer(url, [other]), answer("http://127.0.0.1:${port}", ["${pin}"])]))
`,
      );
      const refused = "TLS_PEER_UNTRUSTED";
      const expected = ["pinned", [refused, pin], [refused, null]];
      expect(await answerOf("python3", [program], directory.path)).toEqual(expected);
      expect(requests).toBe(1);
      https.close();
    },
  );

  it.skipIf(!isThere("go", "version"))("Go", async () => {
    const folder = join(directory.path, "go");
    cpSync(join(GENERATED, "go"), folder, { recursive: true });
    mkdirSync(join(folder, "smoke"));
    writeFileSync(join(folder, "billing.pem"), pemOf(billing.privateKey));
    writeFileSync(join(folder, "ledger.pem"), pemOf(ledger.privateKey));
    writeFileSync(
      join(folder, "smoke/main.go"),
      `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	reserves "trellis.dev/reserves"
)

func main() {
	ctx := context.Background()
	client := reserves.NewClient(os.Getenv("SERVICE_URL"), os.Getenv("SERVICE_TOKEN"))
	added, err := client.AddCustomers(ctx, reserves.AddCustomersInput{
		Body: reserves.AddCustomersBody{Ids: []string{"go-1", "go-2"}},
	})
	check(err)
	found := []string{}
	limit := int64(1)
	for input := (reserves.ListCustomersInput{Limit: &limit}); ; {
		page, err := client.ListCustomers(ctx, input)
		check(err)
		for _, one := range page.Items {
			if strings.HasPrefix(one.Id, "go-") {
				found = append(found, one.Id)
			}
		}
		if page.Next == nil {
			break
		}
		input.Cursor = page.Next
	}
	_, refused := client.GetCustomer(ctx, reserves.GetCustomerInput{CustomerId: "no/body"})
	me, err := client.GetSelf(ctx, reserves.GetSelfInput{})
	check(err)
	text, err := json.Marshal(map[string]any{
		"role": me.Role, "added": added.AddedCount, "customers": found, "refusal": reserves.CodeOf(refused),
		"signed": []any{
			signed(ctx, "billing/1", read("billing.pem")), signed(ctx, "ledger", read("ledger.pem")),
			signed(ctx, "archive", "${SECRET}"), signed(ctx, "billing/1", read("ledger.pem")),
		},
	})
	check(err)
	fmt.Println(string(text))
}

// signed returns the caller's id after requests with a path, a query and a body, or the code of the refusal.
func signed(ctx context.Context, id, text string) string {
	key, err := reserves.ParseRequestKey(text)
	check(err)
	client := reserves.NewClient(os.Getenv("SERVICE_URL"), "")
	client.HTTP.Transport = reserves.SigningTransport(id, key, nil)
	me, err := client.GetSelf(ctx, reserves.GetSelfInput{})
	if code := reserves.CodeOf(err); code != "" {
		return code
	}
	check(err)
	limit := int64(1)
	_, err = client.ListCustomers(ctx, reserves.ListCustomersInput{Limit: &limit})
	check(err)
	for attempt := 0; attempt < 8; attempt++ {
		body := reserves.AddCustomersBody{Ids: []string{fmt.Sprintf("signed-%s-%d", strings.ReplaceAll(id, "/", "-"), attempt)}}
		_, err = client.AddCustomers(ctx, reserves.AddCustomersInput{Body: body})
		check(err)
	}
	_, err = client.GetCustomer(ctx, reserves.GetCustomerInput{CustomerId: "no/body"})
	if reserves.CodeOf(err) != "LEDGER_UNKNOWN" {
		panic(err)
	}
	return me.Id
}

func read(file string) string {
	content, err := os.ReadFile(file)
	check(err)
	return string(content)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`,
    );
    const expected = {
      ...FOUND,
      customers: ["go-1", "go-2"],
      signed: ["service:billing/1", "service:ledger", "service:archive", "SIGNATURE_INVALID"],
    };
    await run("go", ["vet", "./..."], folder);
    await run("go", ["test", "./..."], folder);
    expect(await answerOf("go", ["run", "./smoke"], folder)).toEqual(expected);
  });
});
