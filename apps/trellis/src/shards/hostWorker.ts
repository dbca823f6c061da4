import { parentPort, workerData } from "node:worker_threads";
import { serveMessages } from "@trellis/crypto";
import type { HostOptions } from "./messages.ts";
import { runHost } from "./runHost.ts";

const main = parentPort!;
const receive = runHost(workerData as HostOptions, (message) => main.postMessage(message));
serveMessages(receive);
