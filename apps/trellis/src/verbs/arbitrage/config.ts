import type { ProcessIo } from "@trellis/platform/service";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { trellisErrors } from "../../errors.ts";
import { openClient } from "../openClient.ts";
import { allOf } from "../reserves/client.ts";
import type { ArbitrageSettings } from "./settings.ts";

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly isChanged: boolean;
}

interface Change {
  readonly version: number;
  readonly key: string;
  readonly value: unknown;
  readonly by: string;
  readonly reason: string;
  readonly timeMs: number;
}

type Asked = (client: ServiceClient, settings: ArbitrageSettings, io: ProcessIo) => Promise<void>;

const ASKED: Readonly<Record<string, Asked>> = { show, set, unset, history };

export async function config(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const [what = ""] = settings.operands;
  const asked = Object.hasOwn(ASKED, what) ? ASKED[what] : undefined;
  if (asked === undefined)
    throw trellisErrors.USAGE_INVALID({ got: what, expected: Object.keys(ASKED).join(", ") });
  await asked(await openClient(settings, io), settings, io);
}

async function show(client: ServiceClient, { json }: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const answer = await client.get<{ version: number; items: Setting[] }>("/v1/config");
  if (json) return void io.stdout.write(`${JSON.stringify(answer)}\n`);
  const width = Math.max(...answer.items.map(({ key }) => key.length)) + 2;
  for (const { key, value, isChanged } of answer.items)
    io.stdout.write(`${key.padEnd(width)}${textOf(value)}${isChanged ? "  (changed here)" : ""}\n`);
}

async function set(client: ServiceClient, settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const [, , value] = settings.operands;
  if (value === undefined) throw trellisErrors.USAGE_INVALID({ action: "config set", expected: "KEY VALUE" });
  await post(client, value, settings, io);
}

async function unset(client: ServiceClient, settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  await post(client, null, settings, io);
}

async function post(
  client: ServiceClient,
  value: string | null,
  { operands: [, key], reason, json }: ArbitrageSettings,
  io: ProcessIo,
): Promise<void> {
  if (key === undefined) throw trellisErrors.USAGE_INVALID({ action: "config", expected: "KEY" });
  if (reason === "") throw trellisErrors.USAGE_INVALID({ action: "config", expected: "--reason TEXT" });
  const change = await client.post<Change>("/v1/config", { key, value, reason });
  io.stdout.write(json ? `${JSON.stringify(change)}\n` : lineOf(change));
}

async function history(client: ServiceClient, settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const [, key] = settings.operands;
  const filter = key === undefined ? "" : `&key=${encodeURIComponent(key)}`;
  const changes = await allOf<Change>(client, `/v1/config/changes?limit=200${filter}`);
  io.stdout.write(settings.json ? `${JSON.stringify(changes)}\n` : changes.map(lineOf).join(""));
}

function lineOf({ version, key, value, by, reason, timeMs }: Change): string {
  const given = value === null ? "given back" : textOf(value);
  return `${version}  ${new Date(timeMs).toISOString()}  ${key}  ${given}  ${by}: ${reason}\n`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
