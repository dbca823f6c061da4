import { readFile, writeFile } from "node:fs/promises";
import { VaultServer } from "@trellis/kit/keyServers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BackupBench } from "./testing/BackupBench.ts";

let bench: BackupBench;

beforeEach(async () => {
  bench = await BackupBench.open();
});
afterEach(() => bench.close());

interface Listed {
  readonly keys: readonly { readonly id: string; readonly kind: string; readonly isUsed: boolean }[];
}

it("BACKUP-17: a passphrase is replaced by a new one, and that one by a key of Vault", async () => {
  const vault = await new VaultServer().start();
  vault.create("backups", "aes256-gcm96");
  bench.environment = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  await writeFile(bench.at("new"), "a new passphrase");
  const [withNew, withVault] = [
    { passphraseFrom: `file:${bench.at("new")}` },
    { passphraseFrom: "", wrappedBy: "hashivault://backups" },
  ];
  await bench.newRepository();
  await bench.json({}, "run");
  const { keys } = (await bench.json({}, "keys", "list")) as unknown as Listed;
  expect(keys).toMatchObject([{ kind: "passphrase", isUsed: true }]);
  await bench.json({ newPassphraseFrom: withNew.passphraseFrom }, "keys", "add");
  const old = keys[0]!.id;
  await expect(bench.run({}, "keys", "remove", old)).rejects.toMatchObject({
    code: "REPOSITORY_KEY_REFUSED",
  });
  expect(await bench.json(withNew, "keys", "remove", old)).toMatchObject({ removed: { id: old } });
  await expect(bench.run({}, "list")).rejects.toMatchObject({ code: "REPOSITORY_KEY_WRONG" });
  await bench.json({ ...withNew, newWrappedBy: "hashivault://backups" }, "keys", "add");
  const both = (await bench.json(withVault, "keys", "list")) as unknown as Listed;
  expect(both.keys).toMatchObject([
    { kind: "passphrase", isUsed: false },
    { kind: "vault", name: "backups", isUsed: true },
  ]);
  await bench.json(withVault, "keys", "remove", both.keys[0]!.id);
  expect(await bench.run(withVault, "keys", "list")).toMatch(/^[0-9a-f]{12} {2}vault backups {2}\(used by/);
  vault.isSealed = true;
  await expect(bench.run(withVault, "list")).rejects.toMatchObject({ code: "SIGNER_UNREACHABLE" });
  vault.isSealed = false;
  await bench.json(withVault, "restore", "latest", bench.at("restored"));
  expect(await readFile(bench.at("restored", "file"), "utf8")).toBe("contents");
  await vault.stop();
});

it("SECRET_UNREADABLE: a new passphrase that was mistyped", async () => {
  await bench.newRepository();
  bench.answers.push("a new passphrase", "a nwe passphrase");
  await expect(bench.run({}, "keys", "add")).rejects.toMatchObject({ code: "SECRET_UNREADABLE" });
  expect(await bench.json({}, "keys", "list")).toMatchObject({ keys: [{}] });
  bench.answers.push("a new passphrase", "a new passphrase");
  expect(await bench.json({}, "keys", "add")).toMatchObject({ added: { kind: "passphrase" } });
});

it("USAGE_INVALID: keys without an action, with an unknown one, and without an id", async () => {
  for (const operands of [[], ["rotate"], ["remove"], ["add", "x"]])
    await expect(bench.run({}, "keys", ...operands)).rejects.toMatchObject({ code: "USAGE_INVALID" });
});
