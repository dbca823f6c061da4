import { parentPort, workerData } from "node:worker_threads";
import { serveMessages } from "@trellis/crypto";
import type { HostOptions } from "./messages.ts";

const main = parentPort!;
// Its modules take long on a busy machine. Meanwhile, the thread is ready, and messages wait in order.
const loading = import("./runHost.ts").then(({ runHost }) =>
  runHost(workerData as HostOptions, (message) => main.postMessage(message)),
);
serveMessages((message) => void loading.then((receive) => receive(message)));
