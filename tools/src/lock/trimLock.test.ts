import { expect, it } from "vitest";
import { undeniedScripts, unknownScripts } from "./installScripts.ts";
import { danglingOptionals, type Lock, packagesWithEngines, registryUrls, trimLock } from "./trimLock.ts";

function lock(): Lock {
  return {
    packages: {
      "": { optionalDependencies: { "root-linux": "1.0.0", "root-darwin": "1.0.0" } },
      "packages/base": { resolved: "packages/base" },
      "node_modules/tool": { optionalDependencies: { "@tool/linux": "1.0.0", "@tool/darwin": "1.0.0" } },
      "node_modules/other": { optionalDependencies: { "other-darwin": "1.0.0" } },
      "node_modules/other/node_modules/@tool/linux": {},
      "node_modules/root-linux": {},
    },
  };
}

it("finds optional packages missing from the lock, and keeps the root's for package.json", () => {
  expect(danglingOptionals(lock())).toEqual([
    { owner: "node_modules/tool", name: "@tool/darwin" },
    { owner: "node_modules/other", name: "other-darwin" },
  ]);
});

it("removes them, and the list when it is empty", () => {
  const trimmed = lock();
  expect(trimLock(trimmed)).toBe(2);
  expect(trimmed.packages["node_modules/tool"]).toEqual({ optionalDependencies: { "@tool/linux": "1.0.0" } });
  expect(trimmed.packages["node_modules/other"]).toEqual({});
  expect(trimLock(trimmed)).toBe(0);
});

it("finds packages with a required Node.js version, and removes it", () => {
  const engines = { node: ">= 22" };
  const choosy: Lock = {
    packages: { "node_modules/native": { optional: true, engines }, "node_modules/tool": { engines } },
  };
  expect(packagesWithEngines(choosy)).toEqual(["node_modules/native", "node_modules/tool"]);
  expect(trimLock(choosy)).toBe(2);
  expect(choosy.packages).toEqual({
    "node_modules/native": { optional: true },
    "node_modules/tool": {},
  });
});

it("finds registry addresses, but not workspace folders", () => {
  const url = "https://registry.example/tool/-/tool-1.0.0.tgz";
  const packages = { ...lock().packages, "node_modules/tool": { resolved: url } };
  expect(registryUrls({ packages })).toEqual([{ owner: "node_modules/tool", url }]);
});

it("finds undeclared install scripts; optional packages may fail", () => {
  const packages = {
    "node_modules/known": { hasInstallScript: true },
    "node_modules/compiles": { hasInstallScript: true },
    "node_modules/extra": { hasInstallScript: true, optional: true },
  };
  expect(unknownScripts({ packages }, { known: "ships binaries" })).toEqual(["compiles"]);
});

it("finds differences between allowScripts and the table of reasons", () => {
  const known = { a: "reason", b: "reason" };
  expect(undeniedScripts({ a: false, b: false }, known)).toEqual([]);
  expect(undeniedScripts({ a: false }, known)).toEqual(["b"]);
  expect(undeniedScripts({ a: true, b: false }, known)).toEqual(["a"]);
  expect(undeniedScripts({ a: false, b: false, c: false }, known)).toEqual(["c"]);
});
