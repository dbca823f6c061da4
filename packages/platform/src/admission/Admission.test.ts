import { describe, expect, it } from "vitest";
import { Admission } from "./Admission.ts";

describe("Admission", () => {
  it("distinguishes addresses from names", () => {
    const admission = new Admission({ origins: [], hosts: ["node.example"] });
    for (const host of [
      "10.0.0.1",
      "10.0.0.1:8545",
      "[fe80::1]",
      "[fe80::1]:1",
      "Node.Example:5",
      undefined,
    ]) {
      expect(admission.admitsHost(host)).toBe(true);
    }
    for (const host of ["", "localhost", "1.2.3.4.5", "[node.example", "x:y"]) {
      expect(admission.admitsHost(host)).toBe(false);
    }
  });

  it("accepts programs, and pages of configured origins", () => {
    const admission = new Admission({ origins: ["https://A.example"], hosts: [] });
    expect(admission.admitsOrigin(undefined)).toBe(true);
    expect(admission.admitsOrigin("https://a.example")).toBe(true);
    expect(admission.admitsOrigin("http://a.example")).toBe(false);
    expect(admission.admitsOrigin("null")).toBe(false);
    expect(new Admission({ origins: ["*"], hosts: [] }).admitsOrigin("null")).toBe(true);
  });

  it("local: accepts pages served by this machine on any port, and no look-alikes [RPC-19]", () => {
    const admission = new Admission({ origins: ["local"], hosts: [] });
    for (const origin of [
      "http://localhost",
      "http://localhost:3000",
      "https://LOCALHOST:5173",
      "http://127.0.0.1:8080",
      "http://[::1]:8080",
    ]) {
      expect(admission.admitsOrigin(origin), origin).toBe(true);
      expect(admission.admitsOrigin(origin), origin).toBe(true);
    }
    for (const origin of [
      "null",
      "",
      "https://evil.example",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "http://evil.example#localhost",
      "http://localhost@evil.example",
      "file://localhost",
      "chrome-extension://abcdef",
      "http://192.168.0.7",
    ]) {
      expect(admission.admitsOrigin(origin), origin).toBe(false);
    }
  });

  it("extensions: accepts installed extensions, and no pages [RPC-19]", () => {
    const admission = new Admission({ origins: ["extensions"], hosts: [] });
    for (const scheme of ["chrome-extension", "moz-extension", "safari-web-extension"]) {
      expect(admission.admitsOrigin(`${scheme}://abcdefghijklmnop`)).toBe(true);
    }
    for (const origin of ["http://chrome-extension", "https://evil.example", "null", "http://localhost"]) {
      expect(admission.admitsOrigin(origin)).toBe(false);
    }
    expect(new Admission({ origins: [], hosts: [] }).admitsOrigin("chrome-extension://a")).toBe(false);
  });
});
