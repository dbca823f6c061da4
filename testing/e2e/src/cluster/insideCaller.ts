import { createInterface } from "node:readline";
import { rpcCall } from "../clients.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { id, url, method, params } = JSON.parse(line);
  rpcCall(url, method, params).then(
    (answer) => process.stdout.write(`${JSON.stringify({ id, answer })}\n`),
    (error: Error) => process.stdout.write(`${JSON.stringify({ id, failure: error.message })}\n`),
  );
}
