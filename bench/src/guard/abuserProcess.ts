import type { AbuseCounts, AbuseTerms } from "./guardTerms.ts";
import { createPoster, paced } from "./paced.ts";

const BODY = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "eth_getBlockByNumber",
  params: ["latest", true],
});
const OPEN_MAX = 2_000;

let isOver = false;
process.on("message", (message: AbuseTerms | "stop") => {
  if (message === "stop") isOver = true;
  else void abuse(message).then((counts) => process.send!(counts, () => process.exit()));
});

async function abuse({ url, callsPerSecond, connections, address }: AbuseTerms): Promise<AbuseCounts> {
  const post = createPoster(url, connections, { "x-forwarded-for": address });
  const statuses: Record<string, number> = {};
  let [sent, open] = [0, 0];
  await paced(
    callsPerSecond,
    () => isOver,
    () => {
      if (open >= OPEN_MAX) return;
      sent++;
      open++;
      void post(BODY).then((status) => {
        open--;
        if (Object.keys(statuses).length === 0) process.send!("begun");
        statuses[status] = (statuses[status] ?? 0) + 1;
      });
    },
  );
  post.close();
  return { sent, statuses };
}
