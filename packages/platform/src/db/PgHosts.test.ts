import fc from "fast-check";
import { expect, it } from "vitest";
import { PgHosts } from "./PgHosts.ts";

it("uses the next of several hosts after a failure", () => {
  const hosts = PgHosts.parse("postgres://me:p%40ss@a:1,[::1]:2,c/name?sslmode=require")!;
  expect([hosts.count, hosts.arePrimary]).toEqual([3, true]);
  const urls = Array.from({ length: 4 }, () => {
    const { url } = hosts;
    hosts.failed(url);
    hosts.failed(url);
    return url;
  });
  const of = (host: string) => `postgres://me:p%40ss@${host}/name?sslmode=require`;
  expect(urls).toEqual([of("a:1"), of("[::1]:2"), of("c"), of("a:1")]);
});

it("target_session_attrs selects the primary or any server", () => {
  const primary = (url: string) => PgHosts.parse(url)?.arePrimary;
  expect(primary("postgresql://a/x")).toBe(false);
  expect(primary("postgres://a/x?target_session_attrs=read-write")).toBe(true);
  expect(primary("postgres://a,b/x?ssl=1&target_session_attrs=primary")).toBe(true);
  expect(primary("postgres://a,b/x?target_session_attrs=any")).toBe(false);
});

it("refuses what is not a URL of PostgreSQL, for any text", () => {
  const wrong = [
    "",
    "postgres://",
    "postgres://a,,b/x",
    "mysql://a/x",
    "postgres://a:x/y",
    "postgres://a,b/x?target_session_attrs=standby",
  ];
  for (const text of wrong) expect(PgHosts.parse(text), text).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      PgHosts.parse(text);
      const hosts = PgHosts.parse(`postgres://${text}`);
      if (hosts !== undefined) expect(URL.canParse(hosts.url)).toBe(true);
    }),
  );
});
