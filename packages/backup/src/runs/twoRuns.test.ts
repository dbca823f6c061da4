import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { verifyRepository } from "./verifyRepository.ts";

const MAIN = fileURLToPath(new URL("../testing/runMain.ts", import.meta.url));

interface Message {
  readonly event: "started" | "ended";
  readonly id?: string;
  readonly code?: string;
}

let place: string;
const children: ChildProcess[] = [];
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-two-"));
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  for (const name of ["repository", "other"]) await newRepository(at(name));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(place, { recursive: true, force: true });
});

function start(repository: string): ChildProcess {
  const child = fork(MAIN, [at(repository), at("data")]);
  children.push(child);
  return child;
}

async function next(child: ChildProcess): Promise<Message> {
  const exit = once(child, "exit").then(([code]) => {
    throw new Error(`the process ended with ${code}`);
  });
  exit.catch(() => {});
  const [message] = await Promise.race([once(child, "message"), exit]);
  return message as Message;
}

it("BACKUP-4: REPOSITORY_LOCKED, STORE_LOCKED: of two processes, the first one ends, and the other changes nothing", async () => {
  const first = start("repository");
  expect(await next(first)).toEqual({ event: "started" });
  const [second, elsewhere] = [start("repository"), start("other")];
  expect(await Promise.all([next(second), next(elsewhere)])).toEqual([
    { event: "ended", code: "REPOSITORY_LOCKED" },
    { event: "ended", code: "STORE_LOCKED" },
  ]);
  const ended = next(first);
  first.send("end");
  const { id } = await ended;
  expect(await (await reopened(at("repository"))).listed()).toEqual([id]);
  expect(await (await reopened(at("other"))).listed()).toEqual([]);
});

it("BACKUP-4: after SIGKILL, the lock of the data ends at once, and that of the repository expires", async () => {
  const killed = start("repository");
  await next(killed);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  await backUp(at("other"), at("data"));
  await expect(backUp(at("repository"), at("data"))).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  const [lock] = await readdir(at("repository", "locks"));
  const file = at("repository", "locks", lock!);
  const { expiresMs, ...held } = JSON.parse(await readFile(file, "utf8"));
  expect(expiresMs - Date.now()).toBeLessThanOrEqual(120_000);
  await writeFile(file, JSON.stringify({ ...held, expiresMs: Date.now() }));
  await backUp(at("repository"), at("data"));
  expect(await readdir(at("data"))).toEqual(["file"]);
  const store = await openDirectoryStore(at("repository"));
  const repository = await reopened(at("repository"));
  expect((await verifyRepository({ store, repository })).problems).toEqual([]);
});
