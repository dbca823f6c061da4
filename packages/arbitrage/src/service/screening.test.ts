import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { createLiveSettings } from "@trellis/platform/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCounterpartyCheck } from "./openCounterpartyCheck.ts";
import { openScreeningList } from "./openScreeningList.ts";
import { readScreeningFile } from "./readScreeningFile.ts";
import { arbitrageServiceDefinition } from "./settings/index.ts";

const ADDRESS = `0x${"aB".repeat(20)}`;
const code = (name: string) => expect.objectContaining({ code: name });
const fileInvalid = expect.objectContaining({
  code: "CONFIG_INVALID_VALUE",
  facts: expect.objectContaining({ setting: "screening.file" }),
});

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "trellis-screening-")), "denied.txt");
  writeFileSync(path, text);
  return path;
}

describe("file of denied addresses", () => {
  it("has one address per line, and comments", async () => {
    const denied = await readScreeningFile(
      fileOf(`# list of a day\n\n${ADDRESS} somebody\r\n  ${ADDRESS}\n`),
    );
    expect([...denied]).toEqual([ADDRESS.toLowerCase()]);
    expect((await readScreeningFile("")).size).toBe(0);
  });

  it("CONFIG_INVALID_VALUE: fails to start on an invalid line", async () => {
    await expect(readScreeningFile(fileOf(`${ADDRESS}\n0x12\n`))).rejects.toMatchObject({
      code: "CONFIG_INVALID_VALUE",
      facts: { setting: "screening.file", line: 2 },
    });
    await expect(readScreeningFile(join(tmpdir(), "there-is-no-such-list"))).rejects.toEqual(fileInvalid);
  });
});

describe("list of denied addresses", () => {
  it("is read again at each reload; CONFIG_INVALID_VALUE: an invalid file is refused as a whole", async () => {
    const file = fileOf(ADDRESS);
    const [first, second] = [ADDRESS.toLowerCase(), `0x${"cd".repeat(20)}`];
    const logged: unknown[] = [];
    const log = {
      ...silentLog,
      info: (message: string, facts?: object) => void logged.push([message, facts]),
    };
    const list = await openScreeningList({ screening: { file } }, log);
    const { screening } = arbitrageServiceDefinition.settings;
    const current = { screening: screening.type.parse({ file }) };
    const live = createLiveSettings(
      { section: "arbitrage", settings: { screening } },
      current,
      async () => current,
    );
    const seen: (readonly string[])[] = [];
    list.follow(live, () => seen.push([...list.denied()]));
    writeFileSync(file, `${second}\n${ADDRESS}\n`);
    await live.reload();
    expect(seen).toEqual([[second, first]]);
    expect(logged).toEqual([["screeningList.loaded", { addresses: 2, added: 1, removed: 0 }]]);
    writeFileSync(file, `${second}\nnobody\n`);
    await expect(live.reload()).rejects.toEqual(fileInvalid);
    expect([...list.denied()]).toEqual([second, first]);
    expect(seen).toHaveLength(1);
  });
});

describe("counterparty check over HTTP", () => {
  let server: Server;
  let answer: { status: number; text: string };
  const asked: { authorization: string | undefined; body: string }[] = [];
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      asked.push({ authorization: request.headers.authorization, body });
      response.writeHead(answer.status).end(answer.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  const check = () => {
    const { port } = server.address() as AddressInfo;
    return openCounterpartyCheck(
      { url: `http://127.0.0.1:${port}/check`, token: "secret" },
      { metrics: silentMetrics },
    );
  };
  const TRADE = { chainId: 1, tokens: [], pools: [], accounts: [ADDRESS as `0x${string}`] };

  it("receives the addresses, and refuses with its reason", async () => {
    answer = { status: 200, text: `{"refused":[{"address":"${ADDRESS}","reason":"listed"}],"more":1}` };
    expect(await check().refusalOf(TRADE)).toBe(`${ADDRESS}: listed`);
    expect(asked.at(-1)).toEqual({ authorization: "Bearer secret", body: JSON.stringify(TRADE) });
    answer = { status: 200, text: '{"refused":[]}' };
    expect(await check().refusalOf(TRADE)).toBeUndefined();
  });

  it.each([
    ["an error", 500, '{"refused":[]}'],
    ["no JSON", 200, "<html>"],
    ["another shape", 200, '{"ok":true}'],
    ["too much", 200, `{"refused":[]}${" ".repeat(70_000)}`],
  ])("ARBITRAGE_COUNTERPARTY_UNCLEAR: %s clears no address", async (_, status, text) => {
    answer = { status, text };
    await expect(check().refusalOf(TRADE)).rejects.toEqual(code("ARBITRAGE_COUNTERPARTY_UNCLEAR"));
  });
});
