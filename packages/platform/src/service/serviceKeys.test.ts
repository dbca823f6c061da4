import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock, systemRandom } from "../system/index.ts";
import { openServiceKeys, type ServiceKeys } from "./serviceKeys.ts";

const { io } = captureIo();
let folder: string;
let keys: ServiceKeys;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-service-keys-"));
  keys = await opened();
});
afterEach(() => rmSync(folder, { recursive: true }));

const opened = () =>
  openServiceKeys({ dataDir: folder, keyFrom: "" }, { random: systemRandom, clock: systemClock, io });
const sessions = () => keys.all("session").map(({ version }) => version);

it("KEY-6: a reload that began before a key was retired does not bring it back", async () => {
  await keys.rotate("session", 0);
  const apply = await keys.prepare();
  await keys.retire("session", 1);
  apply();
  expect(sessions()).toEqual([2]);
});

it("KEY-6: of two reloads the one that began last takes effect", async () => {
  const other = await opened();
  const early = await keys.prepare();
  await other.rotate("session", 0);
  const late = await keys.prepare();
  late();
  early();
  expect(sessions()).toEqual([2, 1]);
});

it("KEY-6: a reload during a retirement reads the ring without the key", async () => {
  await keys.rotate("session", 0);
  const [, apply] = await Promise.all([keys.retire("session", 1), keys.prepare()]);
  apply();
  expect(sessions()).toEqual([2]);
});
